/** Shorter values would blot out ordinary words. */
const secretCharsMin = 6;

const secretKeys: ReadonlySet<string> = new Set(["token", "accessKey", "secretKey", "stsToken", "secret", "salt"]);

/** Every secret that a request body carries, so that an answer which repeats one can be cleaned. */
export function secretsOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return secretKeys.has(key) ? [value] : [];
    return secretsOf(value);
  });
}

/** The text with each occurrence of a secret replaced. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= secretCharsMin)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, "[hidden]"), text);
}

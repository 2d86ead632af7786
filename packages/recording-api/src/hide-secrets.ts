/** Shorter values would blot out ordinary words. */
const secretCharsMin = 6;

const hidden = "[hidden]";

/** `url` and `rtmpUrl` may carry a page's token or a stream's key. */
const secretNames = ["token", "accessKey", "secretKey", "stsToken", "secret", "salt", "rtmpUrl", "url"] as const;
const secretKeys: ReadonlySet<string> = new Set(secretNames);
/** The value may be cut off. */
const secretFields = new RegExp(`"(${secretNames.join("|")})"\\s*:\\s*"(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)`, "g");

/** Every secret that a request body carries, so that an answer which repeats one can be cleaned. */
export function secretsOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return secretKeys.has(key) ? [value] : [];
    return secretsOf(value);
  });
}

/** The text with each occurrence of a secret replaced, also where it stands escaped for JSON or for a URL. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= secretCharsMin)
    .flatMap(spellingsOf)
    .sort((one, other) => other.length - one.length)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, hidden), text);
}

/**
 * A body for people: secrets hidden, and with them whatever stands in a field that is named like one. JSON is written
 * anew, so that no escape hides a secret from the search.
 */
export function cleanBody(text: string, secrets: readonly string[]): string {
  return hideSecrets(rewritten(text).replace(secretFields, `"$1":"${hidden}"`), secrets);
}

function rewritten(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    // No JSON, cut off, or nested too deeply to be written.
    return text.replace(/\\u([0-9a-f]{4})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function spellingsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, json, json.replaceAll("/", "\\/"), uriOf(secret)])];
}

/** `encodeURIComponent` throws for half a character. */
function uriOf(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

const secretWords =
  "secret|certificate|access_?key|token|passw(?:or)?[dt]|salt|cert|_key|private_?key|credential|rtmp_?url";
const secretKey = new RegExp(`(?:${secretWords})`, "i");
const keyAndValue = new RegExp(
  `(["']?[\\w.-]*(?:${secretWords})[\\w.-]*["']?\\s*:\\s+)("(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[^\\s,}\\]{\\[#][^,}\\]]*)`,
  "gi",
);
const reference = /^["']?\$\{(?:env|file):[^{}"']*\}?["']?\s*$/;

/** Whether a key of the file names a secret, also when it is mistyped at its end. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/** One line of the file with literal values of secret keys blanked out letter by letter, so that columns stay where they are. */
export function maskSecretsInLine(line: string): string {
  return line.replace(keyAndValue, (all: string, key: string, value: string) =>
    reference.test(value) ? all : `${key}${value.replace(/\S/g, "*")}`,
  );
}

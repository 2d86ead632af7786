/** Shorter values would blot out ordinary words. */
const secretCharsMin = 6;

const hidden = "[hidden]";

/** In lower case; `url` and `rtmpUrl` may carry a page's token or a stream's key. */
const secretNames: ReadonlySet<string> = new Set([
  "token",
  "accesskey",
  "secretkey",
  "ststoken",
  "secret",
  "salt",
  "rtmpurl",
  "url",
]);
/** A field named like a secret, and everything after it: where it ends is not known in a body that is no JSON. */
const secretField = new RegExp(`"(${[...secretNames].join("|")})"\\s*:.*$`, "is");

/** Every secret that a request body carries, so that an answer which repeats one can be cleaned. */
export function secretsOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return secretNames.has(key.toLowerCase()) ? [value] : [];
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
  return hideBrokenOff(hideSecrets(rewritten(text), secrets), secrets);
}

/** A body that was cut in the middle of a secret still shows the beginning of it. */
function hideBrokenOff(text: string, secrets: readonly string[]): string {
  for (const spelling of secrets.filter(({ length }) => length >= secretCharsMin).flatMap(spellingsOf)) {
    for (let chars = Math.min(spelling.length - 1, text.length); chars >= secretCharsMin; chars -= 1) {
      if (text.endsWith(spelling.slice(0, chars))) return `${text.slice(0, -chars)}${hidden}`;
    }
  }
  return text;
}

function rewritten(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (key: string, value: unknown) =>
      secretNames.has(key.toLowerCase()) ? hidden : value,
    );
  } catch {
    // No JSON, cut off, or nested too deeply to be written.
    return text
      .replace(/\\u([0-9a-f]{4})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(secretField, `"$1":${hidden}`);
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

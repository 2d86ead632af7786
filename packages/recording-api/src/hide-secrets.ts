/** Shorter values would blot out ordinary words. */
const secretCharsMin = 6;

const hidden = "[hidden]";

/** An address may carry a page's token or a stream's key. */
const secretName = /url$|key$|token|secret|salt/i;
/** A field named like a secret, and everything after it: where it ends is not known in a body that is no JSON. */
const secretField = /"(\w{0,60}(?:url|key)|\w{0,60}(?:token|secret|salt)\w{0,60})"\s*:.*$/is;

/** Every secret that a request body carries, of an address its secret parts as well, so that an answer which repeats one can be cleaned. */
export function secretsOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return secretName.test(key) ? [value, ...partsOfUrl(value)] : [];
    return secretsOf(value);
  });
}

/** What of an address is told to nobody: who may go there, what is asked there, and the last step, a stream's key. */
function partsOfUrl(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const queries = `${url.search.slice(1)}&${url.hash.slice(1)}`.split("&").map((pair) => pair.replace(/^[^=]*=/, ""));
  const parts = [url.username, url.password, ...queries, url.pathname.split("/").findLast((step) => step !== "") ?? ""];
  return parts.flatMap((part) => [part, decoded(part)]).filter(({ length }) => length >= secretCharsMin);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    // A percent sign of its own.
    return part;
  }
}

/** The text with each occurrence of a secret replaced, also where it stands escaped for JSON or a URL, or in Base64. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= secretCharsMin)
    .flatMap(spellingsOf)
    .sort((one, other) => other.length - one.length)
    .reduce((cleaned, spelling) => cleaned.replace(inAnyCase(spelling), hidden), text);
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
    return JSON.stringify(JSON.parse(text), (key: string, value: unknown) => (secretName.test(key) ? hidden : value));
  } catch {
    // No JSON, cut off, or nested too deeply to be written.
    return text
      .replace(/\\u([0-9a-f]{4})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(secretField, `"$1":${hidden}`);
  }
}

function spellingsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const uri = uriOf(secret);
  const uriInLowerCase = uri.replace(/%../g, (code) => code.toLowerCase());
  return [...new Set([secret, json, json.replaceAll("/", "\\/"), uri, uriInLowerCase, ...base64Of(secret)])];
}

/** Escapes may be written in either case, and a secret in another case is close enough to be none of anybody's business. */
function inAnyCase(text: string): RegExp {
  return new RegExp(text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"), "gi");
}

/**
 * The characters that the secret alone decides, whatever follows it and however many bytes stand before it, as in
 * `user:secret`; in both alphabets.
 */
function base64Of(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((bytesBefore) => {
    const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(secret)]);
    const [from, to] = [Math.ceil((bytesBefore * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return [bytes.toString("base64").slice(from, to), bytes.toString("base64url").slice(from, to)];
  });
}

/** `encodeURIComponent` throws for half a character. */
function uriOf(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

import { isSecret, maskSecret } from "./words/secret.ts";

const secretKey =
  /(?:secret|token|passw(?:or)?d|passphrase|authorization|certificate|(?:secret|access|api|private)_?key|_key)$/i;
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):([^\s@/]+)@/gi;
const authorization = /\b(Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{6,}/g;
const depthMax = 8;

/** Whether a field or variable of this name holds a secret: `*_SECRET`, `*_TOKEN`, `*_KEY`, `password`, `secretKey` … */
export function isSecretName(name: string): boolean {
  return secretKey.test(name);
}

/** Takes passwords out of URLs and credentials out of authorization headers, wherever they stand in a text. */
export function maskText(text: string): string {
  return text.replace(urlPassword, "$1:***@").replace(authorization, "$1 ***");
}

/** A copy that is safe to print: secret fields and secret objects become `***(len N)`; cycles and depth are bounded. */
export function maskValue(value: unknown): unknown {
  return maskAt(value, new Set(), 0);
}

/** The same for the top fields of one object, whose names are kept. */
export function maskFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]: [string, unknown]) => [key, maskField(key, field, new Set(), 0)]),
  );
}

function maskAt(value: unknown, above: ReadonlySet<object>, depth: number): unknown {
  if (typeof value === "string") return maskText(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Error) return { type: value.name, message: maskText(value.message) };
  if (isSecret(value)) return maskSecret(value.reveal());
  if (above.has(value)) return "[circular]";
  if (depth >= depthMax) return "[deep]";
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const path = new Set(above).add(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskAt(item, path, depth + 1));
  if (value instanceof Map) return maskAt(Object.fromEntries(value), path, depth + 1);
  if (value instanceof Set) return maskAt([...value], path, depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [key, maskField(key, field, path, depth)]),
  );
}

function maskField(key: string, field: unknown, path: ReadonlySet<object>, depth: number): unknown {
  if (!isSecretName(key) || field === undefined || field === null || typeof field === "boolean") {
    return maskAt(field, path, depth + 1);
  }
  if (typeof field === "string") return maskSecret(field);
  return isSecret(field) ? maskSecret(field.reveal()) : "***";
}

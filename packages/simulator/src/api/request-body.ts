/** What came as the body of a request. */
export type RequestJson =
  { readonly kind: "json"; readonly value: unknown } | { readonly kind: "malformed"; readonly reason: string };

/** Reads a body as JSON, whatever its content type says; never throws. */
export function readJson(text: string): RequestJson {
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "malformed", reason: text === "" ? "request body is empty" : "request body is no JSON" };
  }
}

/** `application/json` in any case and with any parameter; Agora marks the header as optional. @see R 1.7 */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType === undefined || /^\s*application\/json\s*(;|$)/i.test(contentType);
}

/** The same for orders of our own: text that is no JSON becomes a value that no schema takes. */
export function parseJson(text: string): unknown {
  const read = readJson(text);
  return read.kind === "json" ? read.value : undefined;
}

/** What came as the body of a request. */
export type RequestJson =
  { readonly kind: "json"; readonly value: unknown } | { readonly kind: "malformed"; readonly reason: string };

/** Agora's deepest request has 7 levels; whoever walks through a body by recursion must not run out of stack. */
const levelsMax = 100;

/** Reads a body as JSON, whatever its content type says; never throws. */
export function readJson(text: string): RequestJson {
  if (levelsOf(text) > levelsMax) return { kind: "malformed", reason: "request body is nested too deeply" };
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "malformed", reason: text === "" ? "request body is empty" : "request body is no JSON" };
  }
}

/** How deeply brackets are nested outside of texts. */
function levelsOf(text: string): number {
  let [levels, most, isText] = [0, 0, false];
  // Every level takes two characters.
  if (text.length <= 2 * levelsMax) return 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === backslash) index += 1;
    else if (character === quote) isText = !isText;
    else if (isText) continue;
    else if (character === openBrace || character === openBracket) most = Math.max(most, (levels += 1));
    else if (character === closeBrace || character === closeBracket) levels -= 1;
  }
  return most;
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** `application/json` in any case and with any parameter; Agora marks the header as optional. @see R 1.7 */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType === undefined || /^\s*application\/json\s*(;|$)/i.test(contentType);
}

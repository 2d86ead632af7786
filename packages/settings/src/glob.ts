/**
 * Whether a channel name fits a pattern: `*` stands for any run of characters, also none, `?` for exactly one, and `\` takes
 * the meaning from the character behind it. Case counts; the whole name must fit. Linear in the name for every pattern.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern);
  const letters = Array.from(name);
  let token = 0;
  let letter = 0;
  let starToken = -1;
  let starLetter = 0;
  while (letter < letters.length) {
    const current = tokens[token];
    if (current?.kind === "star") {
      starToken = token;
      starLetter = letter;
      token += 1;
    } else if (current !== undefined && (current.kind === "any" || current.letter === letters[letter])) {
      token += 1;
      letter += 1;
    } else if (starToken >= 0) {
      starLetter += 1;
      letter = starLetter;
      token = starToken + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === "star");
}

type Token =
  { readonly kind: "star" } | { readonly kind: "any" } | { readonly kind: "letter"; readonly letter: string };

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  let escaped = false;
  for (const letter of pattern) {
    if (escaped) tokens.push({ kind: "letter", letter });
    else if (letter === "*") tokens.push({ kind: "star" });
    else if (letter === "?") tokens.push({ kind: "any" });
    else if (letter !== "\\") tokens.push({ kind: "letter", letter });
    escaped = !escaped && letter === "\\";
  }
  return tokens;
}

/**
 * Whether a name fits a pattern in which `*` stands for any run of characters, also none. No other character has a
 * meaning: Agora allows `?` and brackets in channel names, but no `*` (R 2.4). Linear in the name.
 */
export function fitsName(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const endAt = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > endAt) return false;
    at = found + part.length;
  }
  return true;
}

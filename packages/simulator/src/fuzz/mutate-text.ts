import type { Random } from "../time/random.ts";
import { pick } from "./mutate-json.ts";

const scraps = [
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "\\u0000",
    "\u0000",
    "\ufeff",
    "\ud800",
    "é",
    "\r\n",
    "%",
    "%zz",
    "%00",
    "/",
  ],
  ...["//", "..", "?", "#", ";", " ", "\t", "null", "1e999", "-", "/*x*/", "NaN", "\u2028"],
];

/** One change in a text: cut, doubled, or a scrap put in or over something. */
export function mutateText(random: Random, text: string): string {
  const at = random.between(0, text.length);
  const end = random.between(at, Math.min(text.length, at + 8));
  const scrap = pick(random, scraps) ?? "";
  switch (random.between(0, 4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, at) + scrap + text.slice(at);
    case 3:
      return text.slice(0, at) + scrap.repeat(random.between(1, 50)) + text.slice(end);
    default:
      return text + text;
  }
}

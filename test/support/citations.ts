/** Where something on a page is cited: `place` for people, `what` as the pages number it. */
export interface Citation {
  readonly place: string;
  readonly what: string;
}

const numberedPages = "protocol|contracts|operators";

/** The numbers that a page defines: sections as `protocol.md §7`, facts of Agora as `R 7.2`. */
export function numbersOf(page: string, text: string): readonly string[] {
  const sections = [...text.matchAll(/^#{2,3} (\d+(?:\.\d+)?)[. ]/gm)].map((match) => `${page} §${match[1] ?? ""}`);
  const facts = [...text.matchAll(/^\| ([RE]) (\d+(?:\.\d+)*) \|/gm)].flatMap((match) => {
    const [, letter = "", number = ""] = match;
    // A whole chapter may be cited too.
    return [`${letter} ${number}`, `${letter} ${number.split(".")[0] ?? ""}`];
  });
  return [...sections, ...facts];
}

/** What a file cites: sections of the numbered pages, facts of Agora (`@see R 7.2`, `source: "R 7.2, 10.7"`, `[R 7.2]`). */
export function citationsIn(path: string, text: string): readonly Citation[] {
  return text.split("\n").flatMap((line, index) => {
    const place = `${path}:${index + 1}`;
    return [...sectionsIn(line), ...ownSectionsIn(path, line), ...factsIn(path, line)].map((what) => ({ place, what }));
  });
}

/** `protocol.md §7`, `docs/protocol.md §7`, `[protocol.md](protocol.md) §7`. */
function sectionsIn(line: string): readonly string[] {
  return [...line.matchAll(/\b([a-z][a-z-]*\.md)(?:\]\([^)]*\))? §(\d+(?:\.\d+)?)/g)].map(
    ([, page = "", number = ""]) => `${page} §${number}`,
  );
}

/** A numbered page means itself where it names no other. */
function ownSectionsIn(path: string, line: string): readonly string[] {
  const page = new RegExp(`^docs/((?:${numberedPages})\\.md)$`).exec(path)?.[1];
  if (page === undefined) return [];
  return [...line.matchAll(/(?<!\.md\)? )§(\d+(?:\.\d+)?)/g)].map(([, number = ""]) => `${page} §${number}`);
}

function factsIn(path: string, line: string): readonly string[] {
  const places = path.endsWith(".md") ? /\[([^\]]*)\](?!\()/g : /(?:@see |source: ")([^"*]*)/g;
  return [...line.matchAll(places)].flatMap(([, cited = ""]) =>
    [...cited.matchAll(/\b([REP]) (\d+(?:\.\d+)*(?:, \d+(?:\.\d+)*)*)/g)].flatMap(([, letter = "", numbers = ""]) =>
      numbers.split(", ").map((number) => (letter === "P" ? `protocol.md §${number}` : `${letter} ${number}`)),
    ),
  );
}

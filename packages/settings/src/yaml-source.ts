import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { maskSecretsInLine } from "./mask-line.ts";
import { referencePattern } from "./reference.ts";
import type { FileProblem, SettingsErrorCode } from "./settings-error.ts";

/** Keys and indexes from the top of the document to a value. */
export type Path = readonly PropertyKey[];

/** A YAML text with the place of every key and value, so that each problem can point at its source. */
export interface YamlSource {
  /** What the text says; undefined when it is not YAML. */
  readonly data: unknown;
  readonly problems: readonly FileProblem[];
  /** A problem at the value of a path, or at the nearest thing above it that exists. */
  at(path: Path, code: SettingsErrorCode, message: string): FileProblem;
  /** The same at the key itself. */
  atKey(path: Path, code: SettingsErrorCode, message: string): FileProblem;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const textLengthMax = 256_000;
/** Longer lines are not shown: nobody could find the caret, and masking them takes time that grows with their square. */
const lineLengthMax = 2_000;

/** Total over every text; the parser's own words are not used, since they may quote a secret. */
export function readYaml(text: string, mayShowValueOf: (key: string) => boolean): YamlSource {
  const lineCounter = new LineCounter();
  const tooLong = text.length > textLengthMax;
  const document = parseDocument(tooLong ? "" : text, {
    lineCounter,
    prettyErrors: false,
    logLevel: "error",
    uniqueKeys: true,
    version: "1.2",
  });
  const lines = tooLong ? [] : maskedLines(text, document, mayShowValueOf);
  const problemAt = ({ end, start }: Span, code: SettingsErrorCode, message: string): FileProblem => {
    const { col, line } = lineCounter.linePos(start);
    const shown = lines[line - 1] ?? { text: "", column: (column: number) => column };
    const column = shown.column(col);
    const length = Math.max(1, Math.min(shown.column(col + end - start) - column, shown.text.length - column + 1));
    return { code, line: Math.max(1, line), column: Math.max(1, column), length, sourceLine: shown.text, message };
  };
  const nowhere: Span = { start: 0, end: 1 };
  const problems = [...document.errors, ...document.warnings].map((error) =>
    problemAt(spanOf(error), codeOf(error), wordsFor(error)),
  );
  if (tooLong)
    problems.push(
      problemAt(nowhere, "CONFIG_FILE", `the file has ${text.length} characters; at most ${textLengthMax} are read`),
    );
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined)
        problems.push(problemAt(rangeOf(alias) ?? nowhere, "CONFIG_YAML", parserWords.BAD_ALIAS));
    },
  });
  let data: unknown;
  try {
    if (problems.length === 0) data = document.toJS({ maxAliasCount: 100 });
  } catch {
    // The only thing left to throw for is a text whose aliases multiply without end.
    problems.push(problemAt(nowhere, "CONFIG_YAML", "aliases (*name) are used too often; write the values out"));
  }
  return {
    data,
    problems,
    at: (path, code, message) => problemAt(valueSpan(document, path) ?? nowhere, code, message),
    atKey: (path, code, message) =>
      problemAt(keySpan(document, path) ?? valueSpan(document, path) ?? nowhere, code, message),
  };
}

function valueSpan(document: Document.Parsed, path: Path): Span | undefined {
  let node: unknown = document.contents;
  let span: Span | undefined = rangeOf(node);
  for (const step of path) {
    node = childOf(resolved(node, document), step);
    if (node === undefined) return span;
    span = rangeOf(isPair(node) ? (node.value ?? node.key) : node) ?? span;
    if (isPair(node)) node = node.value;
  }
  return span;
}

function keySpan(document: Document.Parsed, path: Path): Span | undefined {
  let node: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    const child = childOf(resolved(node, document), step);
    if (child === undefined) return undefined;
    if (depth === path.length - 1) return isPair(child) ? rangeOf(child.key) : rangeOf(child);
    node = isPair(child) ? child.value : child;
  }
  return undefined;
}

function childOf(node: unknown, step: PropertyKey): unknown {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step));
  return isSeq(node) && typeof step === "number" ? node.items[step] : undefined;
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function rangeOf(node: unknown): Span | undefined {
  if (!isNode(node) || !node.range) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

function spanOf(error: YAMLError): Span {
  const [start, end] = error.pos;
  return { start, end: Math.max(end, start + 1) };
}

function codeOf(error: YAMLError): SettingsErrorCode {
  return error.code === "DUPLICATE_KEY" ? "CONFIG_DUPLICATE" : "CONFIG_YAML";
}

/** Ours, because the parser's words quote what it found there. */
function wordsFor(error: YAMLError): string {
  const known = Object.entries(parserWords).find(([code]) => code === error.code);
  return (
    known?.[1] ?? `not YAML here (${error.code.toLowerCase().replaceAll("_", " ")}); quotes around the value often help`
  );
}

const needsQuotes = "not YAML here: the value before this probably needs quotes";
const parserWords = {
  DUPLICATE_KEY: "this key stands here twice; keep one",
  BAD_ALIAS: "no anchor (&name) of this alias stands above; put the value in quotes if it is none",
  TAB_AS_INDENT: "a tab; YAML is indented with blanks",
  BAD_INDENT: "the indentation does not fit the lines above",
  MULTIPLE_DOCS: "a second document begins; the file holds one",
  MISSING_CHAR: "a character is missing before this, such as a closing quote, bracket or comma",
  BLOCK_AS_IMPLICIT_KEY: needsQuotes,
  BLOCK_IN_FLOW: needsQuotes,
  MULTILINE_IMPLICIT_KEY: needsQuotes,
} as const;

interface ShownLine {
  readonly text: string;
  /** Where a column of the source stands in the shown text. */
  readonly column: (column: number) => number;
}

/** Every line with the values of secret and unknown keys blanked out, wherever they stand and however they are written. */
function maskedLines(
  text: string,
  document: Document.Parsed,
  mayShowValueOf: (key: string) => boolean,
): readonly ShownLine[] {
  const letters = [...text.split("")];
  visit(document, {
    Pair: (_key, pair: Pair) => {
      if (isMap(pair.value) || (isScalar(pair.key) && mayShowValueOf(String(pair.key.value)))) return;
      const span = rangeOf(pair.value);
      if (span === undefined || (isScalar(pair.value) && referencePattern.test(String(pair.value.value)))) return;
      for (let at = span.start; at < span.end; at += 1) if (!/\s/.test(letters[at] ?? "")) letters[at] = "*";
    },
  });
  return letters
    .join("")
    .split(/\r?\n/)
    .map((line) =>
      line.length > lineLengthMax
        ? { text: `(a line of ${line.length} characters)`, column: () => 1 }
        : { text: maskSecretsInLine(line).replaceAll("\t", " "), column: (column: number) => column },
    );
}

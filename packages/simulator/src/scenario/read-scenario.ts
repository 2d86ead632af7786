import type { Document } from "yaml";
import { isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { explainIssue } from "../admin/explain-issue.ts";
import { parseFaultOrder } from "../faults/fault-presets.ts";
import type { Scenario } from "./scenario-schema.ts";
import { scenarioSchema } from "./scenario-schema.ts";

/** A scenario is wrong; the message has a line `name:line:column: what` for each problem. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

const textLengthMax = 1_000_000;
/** Nobody mends more at a time, and the list is the answer to a request. */
const problemsMax = 20;

/**
 * Reads a scenario; JSON is YAML too.
 * @throws ScenarioError with the place of each problem.
 */
export function readScenario(text: string, fileName = "scenario"): Scenario {
  if (text.length > textLengthMax) {
    throw new ScenarioError(
      `${fileName} has ${String(text.length)} characters; at most ${String(textLengthMax)} are read`,
    );
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    logLevel: "error",
    // The reader would compare each key with each other: see `repeatedKeysOf`.
    uniqueKeys: false,
  });
  const at = (offset: number, what: string): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${fileName}:${String(Math.max(1, line))}:${String(Math.max(1, col))}: ${what}`;
  };
  const mistakes = [
    ...document.errors.map(({ pos, message }) => ({ offset: pos[0], message })),
    ...repeatedKeysOf(document),
  ];
  if (mistakes.length > 0) {
    const inOrder = mistakes.toSorted((one, other) => one.offset - other.offset);
    throw errorOf(inOrder, ({ offset, message }) => [at(offset, message)]);
  }
  const value = valueOf(document, fileName);
  const parsed = scenarioSchema.safeParse(value);
  const issues = parsed.success ? parsed.data.steps.flatMap(faultIssues) : parsed.error.issues;
  if (parsed.success && issues.length === 0) return parsed.data;
  throw errorOf(issues, (issue) =>
    explainIssue(issue, value, "the scenario").map(({ path, text: words }) => at(offsetOf(document, path), words)),
  );
}

function errorOf<Mistake>(
  mistakes: readonly Mistake[],
  explain: (mistake: Mistake) => readonly string[],
): ScenarioError {
  const lines = mistakes.slice(0, problemsMax).flatMap(explain).slice(0, problemsMax);
  const more = mistakes.length - problemsMax;
  return new ScenarioError([...lines, ...(more > 0 ? [`and ${String(more)} more`] : [])].join("\n"));
}

/** Where a key stands that its map has already. */
function repeatedKeysOf(document: Document.Parsed): readonly { readonly offset: number; readonly message: string }[] {
  const repeated: { readonly offset: number; readonly message: string }[] = [];
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) repeated.push({ offset: key.range?.[0] ?? 0, message: "Map keys must be unique" });
        seen.add(key.value);
      }
    },
  });
  return repeated;
}

function valueOf(document: Document.Parsed, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (err) {
    throw new ScenarioError(`${fileName}: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
  }
}

/** The schema's union does not know which fields a preset's kind of fault has. */
function faultIssues({ fault }: Scenario["steps"][number], index: number): readonly z.core.$ZodIssue[] {
  if (fault === undefined) return [];
  try {
    parseFaultOrder(fault);
    return [];
  } catch (err) {
    if (!(err instanceof z.ZodError)) throw err;
    return err.issues.map((issue) => ({ ...issue, path: ["steps", index, "fault", ...issue.path] }));
  }
}

/** Where the value of a path stands, or the nearest thing above it that exists. */
function offsetOf(document: Document.Parsed, whole: readonly PropertyKey[]): number {
  for (let path = whole.map(stepOf); path.length > 0; path = path.slice(0, -1)) {
    const node: unknown = document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  const top: unknown = document.contents;
  return isNode(top) && top.range ? top.range[0] : 0;
}

function stepOf(step: PropertyKey): string | number {
  return typeof step === "number" ? step : String(step);
}

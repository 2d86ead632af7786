import type { Document } from "yaml";
import { isNode, LineCounter, parseDocument } from "yaml";
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
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error" });
  const at = (offset: number, what: string): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${fileName}:${String(Math.max(1, line))}:${String(Math.max(1, col))}: ${what}`;
  };
  if (document.errors.length > 0) {
    throw new ScenarioError(document.errors.map(({ pos, message }) => at(pos[0], message)).join("\n"));
  }
  const value = valueOf(document, fileName);
  const parsed = scenarioSchema.safeParse(value);
  const issues = parsed.success ? parsed.data.steps.flatMap(faultIssues) : parsed.error.issues;
  if (parsed.success && issues.length === 0) return parsed.data;
  const problems = issues
    .flatMap((issue) => explainIssue(issue, value, "the scenario"))
    .map(({ path, text: words }) => at(offsetOf(document, path), words));
  throw new ScenarioError(problems.join("\n"));
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

import type { z } from "zod";

/** One problem of a value: what zod says, and where it stands. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** The problems of a value, each with its place, what stands there and what was expected. */
export function explainIssue(issue: z.core.$ZodIssue, value: unknown, whole = "the body"): readonly Problem[] {
  return leavesOf(issue, []).map(({ path, issue: leaf }) => ({
    path,
    text: explainLeaf({ path, issue: leaf }, value, whole),
  }));
}

interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly issue: z.core.$ZodIssue;
}

/** Of a union the alternative that the value comes nearest to. */
function leavesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly Leaf[] {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    if (nearest.length > 0) return nearest.flatMap((inner) => leavesOf(inner, path));
  }
  return [{ path, issue }];
}

function explainLeaf({ path, issue }: Leaf, value: unknown, whole: string): string {
  const where = path.length === 0 ? whole : path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const more = issue.keys.length - keysShownMax;
    const keys = [...issue.keys.slice(0, keysShownMax), ...(more > 0 ? [`${String(more)} more`] : [])];
    return `${where} has ${keys.join(", ")}, which nobody reads`;
  }
  const found: unknown = path.reduce<unknown>(childOf, value);
  const words = issue.message.replace(/^Invalid (?:input|option): /, "").replace(/, received .*$/, "");
  return found === undefined ? `${where} is missing: ${words}` : `${where} is ${shown(found)}: ${words}`;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.flatMap((issue) => leavesOf(issue, [])).map(({ path }) => path.length));
}

function childOf(value: unknown, step: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === String(step))?.[1];
}

const shownLengthMax = 80;
const keysShownMax = 20;
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

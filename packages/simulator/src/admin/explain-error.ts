import { z } from "zod";
import { SettingsError } from "../settings/simulator-settings.ts";
import { OrderError } from "./orders.ts";

/** Says what is wrong with an order; undefined when the error is not the order's fault. */
export function explainOrderError(err: unknown, value: unknown): string | undefined {
  if (err instanceof z.ZodError) return err.issues.flatMap((issue) => explainIssue(issue, value)).join("; ");
  if (err instanceof SettingsError || err instanceof OrderError) return err.message;
  return undefined;
}

/** A problem of a value: where it stands, what was expected, and what stands there. */
export function explainIssue(issue: z.core.$ZodIssue, value: unknown, above: readonly PropertyKey[] = []): string {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    if (nearest.length > 0) return nearest.map((inner) => explainIssue(inner, value, path)).join("; ");
  }
  const where = path.length === 0 ? "the body" : path.map(String).join(".");
  if (issue.code === "unrecognized_keys") return `${where} has ${issue.keys.join(", ")}, which nobody reads`;
  const found: unknown = path.reduce<unknown>(childOf, value);
  const words = issue.message.replace(/^Invalid (?:input|option): /, "").replace(/, received .*$/, "");
  return found === undefined ? `${where} is missing: ${words}` : `${where} is ${shown(found)}: ${words}`;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}

function childOf(value: unknown, step: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === String(step))?.[1];
}

const shownLengthMax = 80;
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

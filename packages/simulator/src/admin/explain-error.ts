import { z } from "zod";
import { SettingsError } from "../settings/simulator-settings.ts";
import { ScenarioError } from "../scenario/read-scenario.ts";
import { explainIssue } from "./explain-issue.ts";
import { OrderError } from "./orders.ts";

/** Says what is wrong with an order; undefined when the error is not the order's fault. */
export function explainOrderError(err: unknown, value: unknown): string | undefined {
  if (err instanceof z.ZodError)
    return err.issues
      .flatMap((issue) => explainIssue(issue, value))
      .map(({ text }) => text)
      .join("; ");
  if (err instanceof SettingsError || err instanceof OrderError || err instanceof ScenarioError) return err.message;
  return undefined;
}

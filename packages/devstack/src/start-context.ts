import type { Supervisor } from "./supervisor.ts";
import type { Env } from "./system-tools.ts";

/** What every way of starting a service needs. */
export interface StartContext {
  /** Runs the programs, and ends them when the start is called off. */
  readonly supervisor: Supervisor;
  readonly env: Env;
  readonly log: (line: string) => void;
  /** Calls the start off: whatever waits outside the supervisor listens to it. */
  readonly signal: AbortSignal;
}

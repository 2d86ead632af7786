import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** What all seeds of a run came to. */
export interface SeedsReport {
  readonly seeds: number;
  readonly failed: readonly { readonly seed: number; readonly violation: string }[];
  /** How often each cell of the table was met: `row|STATE` → times. */
  readonly cells: Readonly<Record<string, number>>;
  readonly decisions: number;
  readonly faults: number;
}

export type Variant = "model" | "lua";

/** Which seeds a process lives, every `step`-th. */
export interface SeedsOrder {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly variant: Variant;
  readonly failovers: boolean;
  readonly scarce: boolean;
}

/** Lives seeds in as many processes as there are cores; stops early when there are many failures. */
export async function runSeeds(options: {
  readonly from: number;
  readonly seeds: number;
  readonly variant: Variant;
  readonly processes?: number;
  readonly failovers?: boolean;
  readonly scarce?: boolean;
}): Promise<SeedsReport> {
  const { failovers = false, from, scarce = false, seeds, variant } = options;
  const processes = options.processes ?? Math.min(availableParallelism(), 8);
  const reports = await Promise.all(
    Array.from({ length: processes }, (_, i) =>
      inProcess({ from: from + i, to: from + seeds - 1, step: processes, variant, failovers, scarce }),
    ),
  );
  return reports.reduce(together);
}

/** Both reports as one. */
function together(a: SeedsReport, b: SeedsReport): SeedsReport {
  const cells: Record<string, number> = { ...a.cells };
  for (const [cell, times] of Object.entries(b.cells)) cells[cell] = (cells[cell] ?? 0) + times;
  return {
    seeds: a.seeds + b.seeds,
    failed: [...a.failed, ...b.failed].sort((one, other) => one.seed - other.seed),
    cells,
    decisions: a.decisions + b.decisions,
    faults: a.faults + b.faults,
  };
}

async function inProcess(order: SeedsOrder): Promise<SeedsReport> {
  const child = fork(fileURLToPath(new URL("live-seeds-main.ts", import.meta.url)), [JSON.stringify(order)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    let report: SeedsReport | undefined;
    child.on("message", (message: SeedsReport) => {
      report = message;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (report === undefined)
        reject(new Error(`a process of the simulation ended with code ${String(code)} and no report`));
      else resolve(report);
    });
  });
}

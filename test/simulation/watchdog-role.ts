import type { Reconciler } from "@autorec/reconciler";
import { relayOutbox } from "../../services/watchdog/src/relay-outbox.ts";
import type { RelayDeps } from "../../services/watchdog/src/relay-outbox.ts";
import { DueWorker } from "../../services/watchdog/src/work-due.ts";
import type { Agenda } from "./agenda.ts";
import type { SimProcess } from "./sim-process.ts";
import type { ProcessStore } from "./worker-parts.ts";

export interface WatchdogRoleOptions {
  readonly store: ProcessStore;
  readonly reconciler: Reconciler;
  readonly shardCount: number;
  readonly publish: RelayDeps["publish"];
  /** Wakes the schedule when something is due, and the relay when something waits: nobody looks in between. */
  readonly due: Agenda;
  readonly outbox: Agenda;
  /** Looks into reservations of workers that are over; absent where there are more than enough. */
  readonly janitor: (() => Promise<unknown>) | undefined;
}

/** The steps of the watchdog: whatever is due is claimed and worked on, and the outbox relayed, tick by tick. */
export function runWatchdog(process: SimProcess, options: WatchdogRoleOptions): void {
  const { store, reconciler, shardCount, publish } = options;
  const { durations } = process.tools;
  const worker = new DueWorker({
    // Nobody asks a shard in which nothing is due.
    store: {
      claimDue: (shard, order) =>
        options.due.isDue(shard) ? store.claimDue(shard, order) : Promise.resolve({ ...nothingDue, nowMs: 0 }),
    },
    shardCount,
    reconciler,
    owner: process.id,
    leaseMs: durations.leaseMs,
    newToken: () => process.newToken(),
    monotonicMs: () => process.monotonicMs(),
    observer: {
      granted: () => undefined,
      unreadable: () => undefined,
      settled: () => undefined,
      failed: () => undefined,
    },
  });
  const relay: RelayDeps = { store, shardCount, token: process.newToken(), leaseMs: durations.leaseMs, publish };
  const firstMs = process.site("first tick").between(0, durations.tickMs);
  const { tickMs } = durations;
  repeat(process, {
    ...{ agenda: options.due, firstMs, everyMs: tickMs },
    work: () => worker.round(process.site("shard").between(0, shardCount - 1)),
  });
  if (options.janitor !== undefined) keepLedger(process, options.janitor);
  // Less often than in production: entries gather, and nothing of what is judged waits for them.
  const relayEveryMs = 10 * tickMs;
  repeat(process, { agenda: options.outbox, firstMs, everyMs: relayEveryMs, work: () => relayOutbox(relay) });
}

function keepLedger(process: SimProcess, janitor: () => Promise<unknown>): void {
  const turn = async (): Promise<void> => {
    await janitor().catch(() => undefined);
    again();
  };
  const again = (): unknown =>
    process.after(process.tools.durations.quotaJanitorMs, () => {
      turn().catch((err: unknown) => {
        throw err;
      });
    });
  again();
}

const nothingDue = { kind: "claimed", channels: [], unreadable: [] } as const;

function repeat(
  process: SimProcess,
  loop: {
    readonly agenda: Agenda;
    readonly firstMs: number;
    readonly everyMs: number;
    readonly work: () => Promise<unknown>;
  },
): void {
  const { agenda, firstMs, everyMs, work } = loop;
  const { id } = process;
  const turn = async (): Promise<void> => {
    await work().catch(() => undefined);
    process.after(everyMs, () =>
      agenda.whenDue(() => {
        if (process.id === id) process.after(0, next);
      }),
    );
  };
  const next = (): void => {
    turn().catch((err: unknown) => {
      throw err;
    });
  };
  process.after(firstMs, next);
}

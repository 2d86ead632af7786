import { workerHoldMs } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import type { SessionStore, WorkerHold } from "@autorec/session-store";

/** Reservations looked into at a time. */
const batchMax = 100;
/** A round that finds more than this leaves the rest for the next one. */
const batchesMax = 50;

export interface KeepWorkersOptions {
  readonly store: Pick<SessionStore, "expiredWorkers" | "holdWorkers" | "readChannel" | "nowMs">;
  readonly accounts: readonly string[];
  readonly durations: Durations;
}

/**
 * The janitor of the ledger: looks into reservations that are over. One whose attempt is open is prolonged, any other ends: so a
 * crash costs a worker for minutes, and a recorder that is heard of never runs without being counted.
 */
export async function keepWorkers(
  options: KeepWorkersOptions,
): Promise<{ readonly prolonged: number; readonly ended: number }> {
  let prolonged = 0;
  let ended = 0;
  for (const account of options.accounts) {
    for (let batch = 0; batch < batchesMax; batch += 1) {
      const expired = await options.store.expiredWorkers(account, batchMax);
      const nowMs = await options.store.nowMs();
      const holds = await Promise.all(expired.map((one) => holdOf(one, nowMs, options)));
      await options.store.holdWorkers(account, holds, "expired");
      prolonged += holds.filter(({ holdMs }) => holdMs > 0).length;
      ended += holds.filter(({ holdMs }) => holdMs === 0).length;
      if (expired.length < batchMax) break;
    }
  }
  return { prolonged, ended };
}

type Expired = Awaited<ReturnType<SessionStore["expiredWorkers"]>>[number];

async function holdOf({ ref, n }: Expired, nowMs: number, options: KeepWorkersOptions): Promise<WorkerHold> {
  const { durations, store } = options;
  try {
    const attempt = (await store.readChannel(ref))?.view.record.attempts[n];
    return { ref, n, holdMs: attempt === undefined ? 0 : workerHoldMs(attempt, nowMs, durations) };
  } catch (err) {
    // What this version cannot read may run: it counts until a version that can has looked.
    if (err instanceof Error && "code" in err && err.code === "REC_RECORD_SCHEMA")
      return { ref, n, holdMs: durations.quotaHoldMs };
    throw err;
  }
}

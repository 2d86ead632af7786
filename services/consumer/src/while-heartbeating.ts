import type { Clock } from "@autorec/service-kit";

export interface HeartbeatOptions {
  /** Tells the group's coordinator that this member lives; rejects when the group moves on without it. */
  readonly heartbeat: () => Promise<void>;
  readonly everyMs: number;
  readonly clock: Clock;
  /** Aborted by the caller, for instance at shutdown. */
  readonly signal: AbortSignal;
}

/**
 * Runs work that may take long and keeps the membership of the group meanwhile. When a heartbeat is refused the work's
 * signal is aborted, the work is awaited, and the refusal is thrown: the partition may belong to somebody else by now.
 */
export async function whileHeartbeating<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: HeartbeatOptions,
): Promise<T> {
  const { heartbeat, everyMs, clock } = options;
  const stopWork = new AbortController();
  const workDone = new AbortController();
  const beating = (async () => {
    for (;;) {
      await clock.sleep(everyMs, workDone.signal);
      if (workDone.signal.aborted) return;
      await heartbeat();
    }
  })().catch((err: unknown) => {
    stopWork.abort();
    throw err;
  });
  const [worked, beat] = await Promise.allSettled([
    work(AbortSignal.any([options.signal, stopWork.signal])).finally(() => workDone.abort()),
    beating,
  ]);
  if (beat.status === "rejected") throw beat.reason;
  if (worked.status === "rejected") throw worked.reason;
  return worked.value;
}

import { setTimeout as sleepFor } from "node:timers/promises";

/** Time as an object that is passed down, so that a simulation can bring its own. */
export interface Clock {
  /** Wall clock, ms since the epoch; may jump. */
  nowMs(): number;
  /** Never goes back; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after the time, or at once when the signal is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock; its sleeps do not keep a process alive on their own account once the signal is aborted. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal === undefined ? undefined : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};

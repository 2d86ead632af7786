import type { ChannelRef, ReconcilerDeps } from "./ports.ts";

/** A lease is given back with so many tries, each wait twice the last; it ends by itself soon after. */
const triesMax = 6;

/** Gives a lease back, so that whoever comes next need not wait for its end. */
export async function giveBackLease(
  ref: ChannelRef,
  token: string,
  { durations, observer, sleep, store }: Pick<ReconcilerDeps, "durations" | "observer" | "sleep" | "store">,
): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    try {
      await store.release(ref, { token });
      return;
    } catch (err) {
      observer.failed(ref, err);
      await sleep(durations.tickMs * 2 ** tries);
    }
  }
}

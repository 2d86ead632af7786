import type { ChannelRef, ClaimedChannel, ReconcilerDeps } from "./ports.ts";
import { UntoldFacts } from "./untold-facts.ts";
import { workChannel } from "./work-channel.ts";
import type { WorkOutcome } from "./work-channel.ts";

/** How a reconcile ended; `busy` and `not_due` are fine: whoever holds the lease sees the change, or there is none. */
export type ReconcileOutcome = WorkOutcome | "busy" | "not_due" | "not_ready";

/** Moves channels to what should be true; any number of them may work on the same channels. */
export interface Reconciler {
  /** Claims the channel if it is due and free, and works on it until it is settled. Rejects only when Redis does. */
  reconcile(ref: ChannelRef): Promise<ReconcileOutcome>;
  /** Works on a channel that the schedule has granted. */
  work(grant: {
    readonly channel: ClaimedChannel;
    readonly token: string;
    readonly askedAtMs: number;
  }): Promise<ReconcileOutcome>;
  /** To be called when no work is under way any more: what Redis could not be told is offered once more, then named. */
  close(): Promise<{ readonly finished: number; readonly left: number }>;
}

/** The one place where decisions become effects: consumer, watchdog and everybody else differ only in why they call it. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const untold = new UntoldFacts(deps);
  return {
    async reconcile(ref) {
      const token = deps.newToken();
      const askedAtMs = deps.clock.monotonicMs();
      const { leaseMs } = deps.durations;
      const claim = await deps.store.claimOne(ref, { token, owner: deps.owner, leaseMs });
      if (claim.kind !== "claimed") return claim.kind;
      return workChannel({ channel: claim.channel, token, askedAtMs }, deps, untold);
    },
    work: (grant) => workChannel(grant, deps, untold),
    close: () => untold.close(),
  };
}

import type { ClaimOptions } from "@autorec/session-store";
import type { ChannelRef, ReconcilerDeps } from "./ports.ts";
import { UntoldFacts } from "./untold-facts.ts";
import { workChannel } from "./work-channel.ts";
import type { Grant, WorkOutcome } from "./work-channel.ts";

/** How a reconcile ended; `busy` and `not_due` are fine: whoever holds the lease sees the change, or there is none. */
export type ReconcileOutcome = WorkOutcome | "busy" | "not_due" | "not_ready";

/** Moves channels to what should be true; any number of them may work on the same channels. */
export interface Reconciler {
  /** A new claim of this process, for a step that grants a lease beside something else; what it gets goes to `work`. */
  newClaim(): ClaimOptions;
  /** Claims the channel if it is due and free, and works on it until it is settled. Rejects only when Redis does. */
  reconcile(ref: ChannelRef): Promise<ReconcileOutcome>;
  /** Works on a channel whose lease was granted elsewhere: by the schedule, or with a change of presence. */
  work(grant: Grant): Promise<ReconcileOutcome>;
  /** Gives up a claim whose answer never came: a lease that it may have got is given back, and the channel is due. */
  drop(ref: ChannelRef, claim: ClaimOptions): Promise<void>;
  /** To be called when no work is under way any more: what Redis could not be told is offered once more, then named. */
  close(): Promise<{ readonly finished: number; readonly left: number }>;
}

/** The one place where decisions become effects: consumer, watchdog and everybody else differ only in why they call it. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const untold = new UntoldFacts(deps);
  const { leaseMs } = deps.durations;
  const newClaim = (): ClaimOptions => ({ token: deps.newToken(), owner: deps.owner, leaseMs });
  return {
    newClaim,
    async reconcile(ref) {
      const claim = newClaim();
      const askedAtMs = deps.clock.monotonicMs();
      const made = await deps.store.claimOne(ref, claim);
      if (made.kind !== "claimed") return made.kind;
      return workChannel({ channel: made.channel, token: claim.token, askedAtMs }, deps, untold);
    },
    work: (grant) => workChannel(grant, deps, untold),
    async drop(ref, { token }) {
      await deps.store.release(ref, { token });
    },
    close: () => untold.close(),
  };
}

import type { ChannelRef } from "@autorec/session-store";
import type { LookTurn } from "./apply-batch.ts";
import type { ChannelWork } from "./counted-work.ts";
import type { KeptTurn } from "./reconcile-queue.ts";

/** A turn of the queue with a claim of its own, so that presence and lease come in one step of Redis. */
export function lookTurn(
  ref: ChannelRef,
  turn: KeptTurn | undefined,
  work: Pick<ChannelWork, "newClaim" | "work" | "drop">,
): LookTurn | undefined {
  if (turn === undefined) return undefined;
  const claim = work.newClaim();
  return {
    claim,
    begin: (channel, askedAtMs) => {
      turn.begin(() => work.work({ channel, token: claim.token, askedAtMs }));
    },
    giveBack: () => {
      turn.giveBack();
    },
    abandon: () => {
      turn.begin(() => work.drop(ref, claim));
    },
  };
}

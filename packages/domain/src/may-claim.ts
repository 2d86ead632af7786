import type { SlotName } from "@autorec/events";
import type { Slot } from "./channel-record.ts";
import type { Draft } from "./draft.ts";
import { siblingResources } from "./draft.ts";

/** Whether what is known of the people in the channel lets another recorder be started for them. */
export function mayClaim(draft: Draft, slot: SlotName): boolean {
  const { want, occupancy, marks } = draft;
  if (marks.some((mark) => mark.kind === "doubtful")) return false;
  if (want.cause === "probe") return slot === "primary" && !wasProbed(draft);
  // Agora's recorder of the live profile leaves a channel without hosts by itself: there is nothing to make good.
  return occupancy.occupied || !occupancy.hostsOnly || draft.want.cause !== "grace";
}

/** Whether the next look decides anew, although nothing is due: marks have to be counted, or a try has ended. */
export function isUndecided(draft: Draft): boolean {
  if (draft.marks.some((mark) => mark.kind === "doubtful")) return true;
  return draft.want.cause === "probe" && draft.slots.primary.resp === 0 && wasProbed(draft);
}

function wasProbed({ attempts, doubt }: Draft): boolean {
  const sinceMs = doubt?.probeSinceMs ?? Infinity;
  return [...attempts.values()].some((attempt) => attempt.slot === "primary" && attempt.claimedAtMs >= sinceMs);
}

/** When the slot may claim again. */
export function nextClaimAtMs(slot: Slot): number {
  return Math.max(slot.nextClaimAtMs, slot.blockedUntilMs ?? 0);
}

/** When P7 may claim for a slot that nobody answers for. */
export function claimAtMs(draft: Draft, slot: SlotName): number {
  const ownAtMs = nextClaimAtMs(draft.slots[slot]);
  return slot === "secondary" ? Math.max(ownAtMs, primaryFirstUntilMs(draft)) : ownAtMs;
}

/**
 * Until when the second recorder waits for the resource of the first, which its own must not share [R 10.6]. It does not wait
 * for one that Agora does not answer: either may be the one that works.
 */
function primaryFirstUntilMs(draft: Draft): number {
  const first = draft.attempts.get(draft.slots.primary.resp);
  if (first?.st !== "CLAIMED" || first.retryStep.acquire > 0) return 0;
  if (siblingResources(draft, "secondary").length > 0) return 0;
  return first.claimedAtMs + draft.context.durations.confirmLimitMs;
}

/** Whether a successor could be claimed at all: else the recorder that is there is all there is. */
export function mayRotate(draft: Draft, slot: SlotName): boolean {
  const { control, rule } = draft.context;
  const isAsked = draft.want.on && control === "run" && rule?.slots.includes(slot) === true;
  return isAsked && draft.want.cause !== "probe" && mayClaim(draft, slot);
}

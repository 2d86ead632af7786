import type { Effect } from "./attempt-step.ts";
import type { Attempt } from "./channel-record.ts";
import type { Draft } from "./draft.ts";
import { changeSlot } from "./draft.ts";
import { markPresence } from "./mark-presence.ts";
import { blockRefused, clearResponsible, warnOfStorage } from "./restart-limits.ts";

/** Carries out what a row asked of the slot of its attempt. */
export function applyEffect(draft: Draft, attempt: Attempt, effect: Effect, detail: string): void {
  const slot = draft.slots[attempt.slot];
  switch (effect.kind) {
    case "block":
      blockRefused(draft, attempt, effect.cause);
      return;
    case "cameBack": {
      // P4: of two recorders that both answer, the one that is confirmed stays responsible.
      const responsible = draft.attempts.get(slot.resp);
      // One that rotates has a successor under way already: it would only be dismissed again.
      const other = slot.resp !== attempt.n && responsible?.st !== "CONF" && !attempt.rotating;
      if (draft.want.on && slot.resp !== 0 && other) changeSlot(draft, attempt.slot, { resp: attempt.n });
      return;
    }
    case "cover":
      if (slot.resp === attempt.n) clearResponsible(draft, attempt.slot, { backoff: true });
      return;
    case "idleEnd":
    case "outOfSight":
    case "notAlone":
      markPresence(draft, attempt, effect);
      return;
    case "storageError":
      warnOfStorage(draft, attempt, detail);
      return;
    case "alarm":
      draft.alarms.push({ alarm: effect.alarm, n: attempt.n, detail });
      return;
  }
}

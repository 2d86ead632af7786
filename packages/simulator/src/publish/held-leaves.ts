import type { Announcement } from "../core/world.ts";
import type { Cancel, Scheduler } from "../time/scheduler.ts";

/** Leaves that wait until it is certain whether their uid comes back. */
export interface HeldLeaves {
  /** @param onAlone called when the uid has not come back within `waitMs`; then the leave is held no longer. */
  readonly hold: (leave: Announcement, waitMs: number, onAlone: () => void) => void;
  /** Hands out the leave whose uid comes back with this join. */
  readonly take: (join: Announcement) => Announcement | undefined;
  readonly count: () => number;
}

interface HeldLeave {
  readonly leave: Announcement;
  readonly cancel: Cancel;
}

/** Holds nothing yet. */
export function createHeldLeaves(scheduler: Scheduler): HeldLeaves {
  /** One per uid: nobody leaves twice without a join, and that takes the leave away. */
  const held = new Map<string, HeldLeave>();

  return {
    hold: (leave, waitMs, onAlone) => {
      const key = keyOf(leave);
      const cancel = scheduler.at(scheduler.nowMs() + waitMs, () => {
        held.delete(key);
        onAlone();
      });
      held.set(key, { leave, cancel });
    },
    take: (join) => {
      const key = keyOf(join);
      const known = held.get(key);
      known?.cancel();
      held.delete(key);
      return known?.leave;
    },
    count: () => held.size,
  };
}

function keyOf({ appId, channelName, uid }: Announcement): string {
  return `${appId}/${channelName}/${String(uid)}`;
}

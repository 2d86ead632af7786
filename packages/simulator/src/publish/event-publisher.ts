import type { Announcement, NewHistoryLine } from "../core/world.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { createDeliveredPresence } from "./delivered-presence.ts";
import { createEventSender } from "./event-sender.ts";
import { createHeldLeaves } from "./held-leaves.ts";
import type { SendEvent } from "./notification.ts";

/** Publishes announcements with copies, in shuffled order and with losses, as `delivery` says. */
export interface EventPublisher {
  readonly publish: (announcement: Announcement) => void;
  /** Events that are held, delayed or not yet acknowledged. */
  readonly pendingCount: () => number;
}

export interface PublisherOptions {
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly send: SendEvent;
}

/**
 * Loses only what the readers can live without: a join while another participant is there and known to be, and a leave
 * whose uid came back. A leave chosen for loss is held until that is certain and published late when it is not;
 * a rejoin after a lost leave is never lost as well.
 */
export function createEventPublisher(options: PublisherOptions): EventPublisher {
  const { settings, scheduler, random } = options;
  const presence = createDeliveredPresence();
  const held = createHeldLeaves(scheduler);
  const sender = createEventSender({
    ...options,
    shuffle: random.fork("shuffle"),
    onAcknowledged: presence.acknowledged,
  });
  const chance = random.fork("drops");
  /** Draws only for what may be lost. */
  const isChosen = (mayBeLost: () => boolean): boolean => {
    const { dropRate } = settings().delivery;
    return dropRate > 0 && mayBeLost() && chance.next() < dropRate;
  };

  const send = (announcement: Announcement): void => {
    sender.send(announcement, settings().delivery.shuffleWindowMs);
  };

  const publishLeave = (leave: Announcement): void => {
    const waitMs = holdMs(leave, settings());
    if (isChosen(() => leave.reason !== 5 && waitMs > 0)) {
      held.hold(leave, waitMs, () => {
        sender.send(leave, 0);
      });
    } else send(leave);
  };

  const publishJoin = (join: Announcement): void => {
    const leaveBefore = held.take(join);
    if (leaveBefore !== undefined) {
      sender.drop(leaveBefore);
      send(join);
    } else if (isChosen(() => presence.hasAnother(join))) sender.drop(join);
    else send(join);
  };

  return {
    publish: (announcement) => {
      presence.happened(announcement);
      if (announcement.recorder || announcement.kind === "role" || announcement.kind === "channel") send(announcement);
      else if (announcement.kind === "leave") publishLeave(announcement);
      else publishJoin(announcement);
    },
    pendingCount: () => held.count() + sender.pendingCount(),
  };
}

/** Until then a uid that left may come back: within the window, or longer where the script says that it will. */
function holdMs({ rejoinExpected }: Announcement, { delivery, durations }: SimulatorSettings): number {
  return Math.max(delivery.shuffleWindowMs, rejoinExpected ? durations.rejoinHoldMs : 0);
}

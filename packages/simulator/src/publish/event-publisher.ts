import type { Announcement, NewHistoryLine } from "../core/world.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Cancel, Scheduler } from "../time/scheduler.ts";
import { createDeliveredPresence } from "./delivered-presence.ts";
import type { OutgoingEvent } from "./notification.ts";
import { toNotification } from "./notification.ts";

/** Takes one record and says when the broker has acknowledged it, however long that takes. */
export type SendEvent = (event: OutgoingEvent, onAcknowledged: () => void) => void;

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

interface HeldLeave {
  readonly announcement: Announcement;
  readonly cancel: Cancel;
}

/**
 * Loses only what the readers can live without: a join while another participant is there and known to be, and a leave
 * whose uid came back. A leave chosen for loss is held until that is certain and published late when it is not;
 * a rejoin after a lost leave is never lost as well.
 */
export function createEventPublisher(options: PublisherOptions): EventPublisher {
  const { settings, scheduler, random, record } = options;
  const presence = createDeliveredPresence();
  const held = new Map<string, HeldLeave>();
  const chance = random.fork("drops");
  const shuffle = random.fork("shuffle");
  let pending = 0;
  let notices = 0;

  const release = (announcement: Announcement, windowMs: number): void => {
    notices += 1;
    const { copies } = settings().delivery;
    const noticeId = `${String(announcement.atMs)}:${String(notices)}:${String(announcement.eventType)}`;
    const event = toNotification(announcement, noticeId);
    let isFirst = true;
    const sendCopy = (): void => {
      options.send(event, () => {
        if (!isFirst) return;
        isFirst = false;
        pending -= 1;
        presence.acknowledged(announcement);
        record({ ...eventLine(announcement), noticeId, copies, dropped: false, ackedAtMs: scheduler.nowMs() });
      });
    };
    pending += 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (windowMs === 0) sendCopy();
      else scheduler.at(scheduler.nowMs() + shuffle.between(0, windowMs), sendCopy);
    }
  };

  const drop = (announcement: Announcement): void => {
    record({ ...eventLine(announcement), copies: 0, dropped: true });
  };

  const holdMs = (announcement: Announcement): number => {
    const { delivery, durations } = settings();
    return Math.max(delivery.shuffleWindowMs, announcement.rejoinExpected ? durations.rejoinHoldMs : 0);
  };

  const publishLeave = (announcement: Announcement): void => {
    const { dropRate, shuffleWindowMs } = settings().delivery;
    const waitMs = holdMs(announcement);
    const isChosen = announcement.reason !== 5 && dropRate > 0 && waitMs > 0 && chance.next() < dropRate;
    if (!isChosen) {
      release(announcement, shuffleWindowMs);
      return;
    }
    pending += 1;
    const key = keyOf(announcement);
    const cancel = scheduler.at(scheduler.nowMs() + waitMs, () => {
      held.delete(key);
      pending -= 1;
      release(announcement, 0);
    });
    held.set(key, { announcement, cancel });
  };

  const publishJoin = (announcement: Announcement): void => {
    const { dropRate, shuffleWindowMs } = settings().delivery;
    const leave = held.get(keyOf(announcement));
    if (leave !== undefined) {
      leave.cancel();
      held.delete(keyOf(announcement));
      pending -= 1;
      drop(leave.announcement);
    } else if (dropRate > 0 && presence.hasAnother(announcement) && chance.next() < dropRate) {
      drop(announcement);
      return;
    }
    release(announcement, shuffleWindowMs);
  };

  return {
    publish: (announcement) => {
      presence.happened(announcement);
      if (announcement.recorder || announcement.kind === "role" || announcement.kind === "channel") {
        release(announcement, settings().delivery.shuffleWindowMs);
      } else if (announcement.kind === "leave") publishLeave(announcement);
      else publishJoin(announcement);
    },
    pendingCount: () => pending,
  };
}

function keyOf({ appId, channelName, uid }: Announcement): string {
  return `${appId}/${channelName}/${String(uid)}`;
}

function eventLine({ appId, channelName, eventType, uid, clientSeq, reason, clientType }: Announcement) {
  return {
    kind: "event" as const,
    appId,
    channelName,
    eventType,
    ...(uid === undefined ? {} : { uid }),
    ...(clientSeq === undefined ? {} : { clientSeq: String(clientSeq) }),
    ...(reason === undefined ? {} : { reason }),
    ...(clientType === undefined ? {} : { clientType }),
  };
}

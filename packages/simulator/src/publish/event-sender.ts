import type { Announcement, NewHistoryLine } from "../core/world.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { createNoticeIds } from "./notice-ids.ts";
import type { SendEvent } from "./notification.ts";
import { toNotification } from "./notification.ts";

/** Carries out what was decided of an announcement, and writes down what became of it. */
export interface EventSender {
  /** Sends all copies, each somewhere in the window; told to the history when the first is acknowledged. */
  readonly send: (announcement: Announcement, windowMs: number) => void;
  /** Sends nothing: only the history knows of it. */
  readonly drop: (announcement: Announcement) => void;
  /** Events of which no copy is acknowledged yet. */
  readonly pendingCount: () => number;
}

/** What a sender reads, and who hears of what it does. */
export interface EventSenderOptions {
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  /** Where in its window a copy is sent. */
  readonly shuffle: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly send: SendEvent;
  readonly onAcknowledged: (announcement: Announcement) => void;
}

/** Opens a sender with nothing under way; its noticeIds are its own. */
export function createEventSender(options: EventSenderOptions): EventSender {
  const { settings, scheduler, shuffle, record } = options;
  let pending = 0;
  const newNoticeId = createNoticeIds();

  return {
    send: (announcement, windowMs) => {
      const { copies } = settings().delivery;
      const noticeId = newNoticeId(announcement.atMs, announcement.eventType);
      const event = toNotification(announcement, noticeId);
      let isFirst = true;
      const sendCopy = (): void => {
        options.send(event, () => {
          if (!isFirst) return;
          isFirst = false;
          pending -= 1;
          options.onAcknowledged(announcement);
          record({ ...eventLine(announcement), noticeId, copies, dropped: false, ackedAtMs: scheduler.nowMs() });
        });
      };
      pending += 1;
      for (let copy = 0; copy < copies; copy += 1) {
        if (windowMs === 0) sendCopy();
        else scheduler.at(scheduler.nowMs() + shuffle.between(0, windowMs), sendCopy);
      }
    },
    drop: (announcement) => {
      record({ ...eventLine(announcement), copies: 0, dropped: true });
    },
    pendingCount: () => pending,
  };
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

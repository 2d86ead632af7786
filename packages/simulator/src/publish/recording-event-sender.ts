import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { runAfter } from "../time/scheduler.ts";
import { planCopies } from "./copies.ts";
import type { Notification } from "./envelope.ts";
import { envelopeOf } from "./envelope.ts";
import { createNoticeIds, withNoticeIds } from "./notice-ids.ts";
import type { SendEvent } from "./notification.ts";

/** Brings recording events to a topic, as a backend that gets the webhooks forwards them. */
export interface RecordingEventSender {
  readonly tell: (notification: Notification) => void;
  /** Records that are delayed or not yet acknowledged. */
  readonly pendingCount: () => number;
}

/** The raw notification, keyed by channel, with the App ID in a header; lost, doubled and late as webhooks are. */
export function createRecordingEventSender(options: {
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly send: SendEvent;
}): RecordingEventSender {
  const { settings, scheduler, random } = options;
  let pending = 0;
  const newNoticeId = createNoticeIds();

  const sendNow = (notification: Notification, noticeId: string): void => {
    const { appId, channelName } = notification;
    const value = envelopeOf(notification, { noticeId, notifyMs: scheduler.nowMs() }, settings().switches);
    options.send({ key: channelName, value, headers: { "app-id": appId } }, () => {
      pending -= 1;
    });
  };

  return {
    tell: (notification) => {
      const { atMs, eventType } = notification;
      const copies = planCopies(settings().notificationDelivery, random);
      for (const { noticeId, delayMs } of withNoticeIds(copies, () => newNoticeId(atMs, eventType))) {
        pending += 1;
        runAfter(scheduler, delayMs, () => {
          sendNow(notification, noticeId);
        });
      }
    },
    pendingCount: () => pending,
  };
}

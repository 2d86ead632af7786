import type { Announcement, NewHistoryLine } from "../core/world.ts";
import type { Notification } from "../publish/envelope.ts";
import { channelNotification } from "../publish/notification.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { WebhookSettings } from "../settings/webhooks.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { ReceiverCheck } from "./check-receiver.ts";
import { checkReceiver } from "./check-receiver.ts";
import { createPoster } from "./post-notification.ts";
import { createReceiver } from "./receiver.ts";

/** Signed notifications to everybody who is configured to get them. Nothing waits for a receiver. */
export interface Webhooks {
  readonly tell: (notification: Notification) => void;
  /** The same for what product 1 tells. */
  readonly announce: (announcement: Announcement) => void;
  readonly pendingCount: () => number;
  /** Tries every receiver as the console's check does. */
  readonly check: () => Promise<readonly ReceiverCheck[]>;
  readonly close: () => Promise<void>;
}

export interface WebhooksOptions {
  /** As the settings were at the start: later changes do not reach it. */
  readonly webhooks: readonly WebhookSettings[];
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly warn: (message: string) => void;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { webhooks, settings, scheduler, random } = options;
  const { post, close } = createPoster();
  const receivers = webhooks.map((webhook, index) =>
    createReceiver({ ...options, index, webhook, post, random: random.fork(`receiver ${String(index)}`) }),
  );
  const tell = (notification: Notification): void => {
    for (const receiver of receivers) receiver.take(notification);
  };
  return {
    tell,
    announce: (announcement) => {
      if (receivers.length > 0) tell(channelNotification(announcement));
    },
    pendingCount: () => receivers.reduce((sum, receiver) => sum + receiver.pendingCount(), 0),
    check: () =>
      Promise.all(webhooks.map((webhook, index) => checkReceiver(index, { webhook, settings, scheduler, post }))),
    close: async () => {
      await Promise.all(receivers.map((receiver) => receiver.close()));
      await close();
    },
  };
}

import type { RecordingObserver } from "../core/recording-moment.ts";
import type { Announcement, NewHistoryLine, World } from "../core/world.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { ReceiverCheck } from "../webhooks/check-receiver.ts";
import { createWebhooks } from "../webhooks/create-webhooks.ts";
import type { Notification } from "./envelope.ts";
import type { SendEvent } from "./notification.ts";
import { createRecordingEventSender } from "./recording-event-sender.ts";
import { createRecordingEvents } from "./recording-events.ts";

/** Everything that the notification service tells: webhooks of both products, recording events on their topic. */
export interface Notifications {
  readonly announce: (announcement: Announcement) => void;
  /** None where nobody wants recording events: then they cost nothing. */
  readonly observers: readonly RecordingObserver[];
  /** Notifications that were neither taken nor given up. */
  readonly pendingCount: () => number;
  readonly check: () => Promise<readonly ReceiverCheck[]>;
  /** Ends what is under way to webhooks; the topic is its sender's own. */
  readonly close: () => Promise<void>;
}

export function createNotifications(options: {
  readonly settings: SimulatorSettings;
  readonly world: () => World;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly warn: (message: string) => void;
  /** To the topic of recording events, when there is one. */
  readonly sendRecordingEvent: SendEvent | undefined;
}): Notifications {
  const { world, scheduler, random, record, warn, sendRecordingEvent } = options;
  const { webhooks } = options.settings;
  const settings = (): SimulatorSettings => world().settings;
  const hooks = createWebhooks({ webhooks, settings, scheduler, record, warn, random: random.fork("webhooks") });
  const sender =
    sendRecordingEvent === undefined
      ? undefined
      : createRecordingEventSender({ settings, scheduler, random: random.fork("topic"), send: sendRecordingEvent });
  const isWanted = sender !== undefined || webhooks.some(({ productId }) => productId === 3);
  const tell = (notification: Notification): void => {
    sender?.tell(notification);
    hooks.tell(notification);
  };
  return {
    announce: hooks.announce,
    observers: isWanted ? [createRecordingEvents({ world, tell })] : [],
    pendingCount: () => hooks.pendingCount() + (sender?.pendingCount() ?? 0),
    check: hooks.check,
    close: hooks.close,
  };
}

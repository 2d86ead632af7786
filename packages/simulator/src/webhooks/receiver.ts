import type { NewHistoryLine } from "../core/world.ts";
import type { WebhookLine } from "../history/history-line.ts";
import type { Copy } from "../publish/copies.ts";
import { planCopies } from "../publish/copies.ts";
import type { Notification } from "../publish/envelope.ts";
import { laneOf } from "../publish/envelope.ts";
import { createNoticeIds, withNoticeIds } from "../publish/notice-ids.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { WebhookSettings } from "../settings/webhooks.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { runAfter } from "../time/scheduler.ts";
import { createSlots } from "../time/slots.ts";
import { createLanes } from "./lanes.ts";
import type { PostNotification, PostResult } from "./post-notification.ts";
import { sendNotification } from "./send-notification.ts";

export interface ReceiverOptions {
  /** Place in the settings' list. */
  readonly index: number;
  readonly webhook: WebhookSettings;
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
  readonly warn: (message: string) => void;
  readonly post: PostNotification;
}

/** Brings notifications to one receiver. */
export interface Receiver {
  /** Returns at once. */
  readonly take: (notification: Notification) => void;
  /** Copies that are neither taken nor given up. */
  readonly pendingCount: () => number;
  /** Sends nothing more and ends what is under way. */
  readonly close: () => Promise<void>;
}

/**
 * Sends each copy at most four times, until it is taken: 200 within the limit with a JSON body. Unless it is told to
 * shuffle, the notifications of a recording (or of a channel) go one after the other. @see E 1.3
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { index, webhook, settings, scheduler, random } = options;
  const delivery = () => settings().notificationDelivery;
  const stop = new AbortController();
  const lanes = createLanes();
  const courier = createCourier({ ...options, stop: stop.signal, run: lanes.run });
  const newNoticeId = createNoticeIds();
  let isOverflowing = false;

  const send = (notification: Notification, copies: readonly Copy[]): void => {
    const named = withNoticeIds(copies, () => newNoticeId(projectNumber + index, notification.eventType));
    const parcels = named.map(({ noticeId, delayMs }) => ({
      delayMs,
      deliver: courier.accept({ notification, noticeId }),
    }));
    if (delivery().shuffleWindowMs > 0) {
      for (const { deliver, delayMs } of parcels) {
        runAfter(scheduler, delayMs, () => {
          lanes.run(deliver);
        });
      }
      return;
    }
    runAfter(scheduler, delivery().delayMs, () => {
      lanes.queue(laneOf(notification), async () => {
        await Promise.all(parcels.map(({ deliver }) => deliver()));
      });
    });
  };

  return {
    take: (notification) => {
      if (stop.signal.aborted || !isWanted(webhook, notification)) return;
      const copies = planCopies(delivery(), random);
      const isFull = courier.pendingCount() + copies.length > delivery().queueMax;
      if (isFull && !isOverflowing) {
        options.warn(`webhooks[${String(index)}] takes notifications too slowly: the queue is full, new ones are lost`);
      }
      isOverflowing = isFull;
      if (copies.length > 0 && !isFull) send(notification, copies);
      else options.record(lineOf(index, notification, { failure: isFull ? "overflow" : "lost", ...unsent }));
    },
    pendingCount: courier.pendingCount,
    close: async () => {
      stop.abort();
      courier.close();
      await lanes.close();
    },
  };
}

/** A copy on its way, all its sends under one noticeId. */
interface Parcel {
  readonly notification: Notification;
  readonly noticeId: string;
}

interface Courier {
  /** Counts the copy; the answer delivers it, and resolves when the next one of its lane may go. */
  readonly accept: (parcel: Parcel) => () => Promise<void>;
  readonly pendingCount: () => number;
  readonly close: () => void;
}

/** Sends a copy until it is taken or has been sent often enough. */
function createCourier(
  options: ReceiverOptions & { readonly stop: AbortSignal; readonly run: (task: () => Promise<void>) => void },
): Courier {
  const { index, webhook, settings, scheduler, stop } = options;
  const slots = createSlots(() => settings().notificationDelivery.sendsAtOnceMax);
  // Asked anew after each wait.
  const isStopped = (): boolean => stop.aborted;
  let pending = 0;

  const sendOnce = async ({ notification, noticeId }: Parcel, attempt: number): Promise<boolean> => {
    await slots.take();
    if (isStopped()) return false;
    const result = await sendNotification(options, notification, { noticeId, stop });
    slots.give();
    const outcome = outcomeOf(result);
    if (!isStopped()) options.record(lineOf(index, notification, { noticeId, attempt, ...outcome }));
    return outcome.delivered;
  };
  const sendAgain = async (parcel: Parcel): Promise<void> => {
    for (const [done, waitMs] of settings().durations.webhookRetriesMs.entries()) {
      if (waitMs > 0) await waitOrStop(scheduler, waitMs, stop);
      if (isStopped() || (await sendOnce(parcel, done + 2))) break;
    }
    pending -= 1;
  };

  return {
    accept: (parcel) => {
      pending += 1;
      return async () => {
        const isTaken = await sendOnce(parcel, 1);
        if (isTaken || !webhook.retry || isStopped()) pending -= 1;
        else if (settings().notificationDelivery.retriesHoldBack) await sendAgain(parcel);
        else options.run(() => sendAgain(parcel));
      };
    },
    pendingCount: () => pending,
    close: slots.open,
  };
}

/** Ends early when the simulator closes. */
function waitOrStop(scheduler: Scheduler, delayMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stop.removeEventListener("abort", end);
      resolve();
    };
    const cancel = scheduler.at(scheduler.nowMs() + delayMs, end);
    stop.addEventListener("abort", end);
  });
}

type Outcome = Pick<WebhookLine, "attempt" | "delivered" | "status" | "failure" | "noticeId">;
const unsent = { attempt: 0, delivered: false } as const;

/** What was sent, or why not, as the history has it. */
function lineOf(receiver: number, notification: Notification, outcome: Outcome): NewHistoryLine {
  const { productId, eventType, appId, channelName, sid } = notification;
  const place = { appId, channelName, ...(sid === undefined ? {} : { sid }) };
  return { kind: "webhook", ...place, receiver, productId, eventType, ...outcome };
}

/** Stands at the front of Agora's noticeIds. */
const projectNumber = 2_000_000_000;

function isWanted({ productId, appIds, eventTypes }: WebhookSettings, notification: Notification): boolean {
  return (
    notification.productId === productId &&
    (appIds === undefined || appIds.includes(notification.appId)) &&
    (eventTypes === undefined || eventTypes.includes(notification.eventType))
  );
}

/** Taken is a 200 with a JSON body, whatever it says. */
function outcomeOf(result: PostResult): Pick<Outcome, "delivered" | "status" | "failure"> {
  if (result.kind === "failed") return { delivered: false, failure: result.cause };
  const { status, isJson } = result;
  if (status !== 200) return { delivered: false, status, failure: "status" };
  return isJson ? { delivered: true, status } : { delivered: false, status, failure: "body" };
}

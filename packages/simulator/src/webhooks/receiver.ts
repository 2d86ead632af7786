import { signNotification } from "@autorec/recording-api/wire";
import type { NewHistoryLine } from "../core/world.ts";
import type { WebhookLine } from "../history/history-line.ts";
import type { Copy } from "../publish/copies.ts";
import { planCopies } from "../publish/copies.ts";
import type { Notification } from "../publish/envelope.ts";
import { envelopeOf, laneOf } from "../publish/envelope.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { WebhookSettings } from "../settings/webhooks.ts";
import type { Random } from "../time/random.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { PostNotification, PostResult } from "./post-notification.ts";
import { createSlots } from "./slots.ts";

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

/** A copy on its way, all its sends under one noticeId. */
interface Parcel {
  readonly notification: Notification;
  readonly noticeId: string;
}

/** What was sent, or why not, as the history has it. */
type Outcome = Pick<WebhookLine, "attempt" | "delivered" | "status" | "failure" | "noticeId">;

/**
 * Sends each copy at most four times, until it is taken: 200 within the limit with a JSON body. Unless it is told to
 * shuffle, the notifications of a recording (or of a channel) go one after the other. @see E 1.3
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { index, webhook, settings, scheduler, random, post } = options;
  const delivery = () => settings().notificationDelivery;
  const slots = createSlots(() => delivery().sendsAtOnceMax);
  /** Of each lane what is still to be done, the one under way first. */
  const lanes = new Map<string, (() => Promise<void>)[]>();
  const running = new Set<Promise<void>>();
  const stops = new Set<() => void>();
  let isClosed = false;
  let isOverflowing = false;
  let pending = 0;
  let notices = 0;

  const record = ({ productId, eventType, appId, channelName, sid }: Notification, outcome: Outcome): void => {
    if (isClosed) return;
    const place = { appId, channelName, ...(sid === undefined ? {} : { sid }) };
    options.record({ kind: "webhook", ...place, receiver: index, productId, eventType, ...outcome });
  };
  const run = (task: () => Promise<void>): void => {
    const promise = task().finally(() => running.delete(promise));
    running.add(promise);
  };
  /** Ends early when the simulator closes. */
  const wait = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = (): void => {
        stops.delete(stop);
        cancel();
        resolve();
      };
      const cancel = scheduler.at(scheduler.nowMs() + delayMs, stop);
      stops.add(stop);
    });

  const sendOnce = async ({ notification, noticeId }: Parcel, attempt: number): Promise<boolean> => {
    await slots.take();
    const aborter = new AbortController();
    const abort = (): void => {
      aborter.abort();
    };
    const { switches, durations } = settings();
    const cancel = scheduler.at(scheduler.nowMs() + durations.webhookLimitMs, abort);
    stops.add(abort);
    if (isClosed) abort();
    const body = Buffer.from(envelopeOf(notification, { noticeId, notifyMs: scheduler.nowMs() }, switches));
    const signatures = signNotification(body, webhook.secret);
    const headers = { "content-type": "application/json", ...signatures };
    const result = await post({ url: webhook.url, headers, body, signal: aborter.signal });
    cancel();
    stops.delete(abort);
    slots.give();
    const outcome = outcomeOf(result);
    record(notification, { noticeId, attempt, ...outcome });
    return outcome.delivered;
  };

  const sendAgain = async (parcel: Parcel): Promise<void> => {
    for (const [done, waitMs] of settings().durations.webhookRetriesMs.entries()) {
      if (waitMs > 0) await wait(waitMs);
      if (isClosed || (await sendOnce(parcel, done + 2))) return;
    }
  };
  /** Resolves when the next notification of the lane may go. */
  const deliver = async (parcel: Parcel): Promise<void> => {
    const isTaken = await sendOnce(parcel, 1);
    if (isTaken || !webhook.retry || isClosed) pending -= 1;
    else {
      const retries = async (): Promise<void> => {
        await sendAgain(parcel);
        pending -= 1;
      };
      if (delivery().retriesHoldBack) await retries();
      else run(retries);
    }
  };

  const runLane = async (lane: string, tasks: (() => Promise<void>)[]): Promise<void> => {
    for (let task = tasks[0]; task !== undefined && !isClosed; task = tasks[0]) {
      await task();
      tasks.shift();
    }
    lanes.delete(lane);
  };
  const queue = (lane: string, task: () => Promise<void>): void => {
    const tasks = lanes.get(lane);
    if (tasks !== undefined) {
      tasks.push(task);
      return;
    }
    const first = [task];
    lanes.set(lane, first);
    run(() => runLane(lane, first));
  };
  const later = (delayMs: number, task: () => void): void => {
    if (delayMs === 0) task();
    else scheduler.at(scheduler.nowMs() + delayMs, task);
  };

  const newNoticeId = ({ eventType }: Notification): string => {
    notices += 1;
    return `${String(projectNumber + index)}:${String(notices)}:${String(eventType)}`;
  };
  const send = (notification: Notification, copies: readonly Copy[]): void => {
    const shared = newNoticeId(notification);
    const parcels = copies.map(({ hasOwnNoticeId, delayMs }) => ({
      delayMs,
      parcel: { notification, noticeId: hasOwnNoticeId ? newNoticeId(notification) : shared },
    }));
    pending += parcels.length;
    if (delivery().shuffleWindowMs > 0) {
      for (const { parcel, delayMs } of parcels) {
        later(delayMs, () => {
          run(() => deliver(parcel));
        });
      }
      return;
    }
    later(delivery().delayMs, () => {
      queue(laneOf(notification), async () => {
        await Promise.all(parcels.map(({ parcel }) => deliver(parcel)));
      });
    });
  };

  return {
    take: (notification) => {
      if (isClosed || !isWanted(webhook, notification)) return;
      const copies = planCopies(delivery(), random);
      const isFull = pending + copies.length > delivery().queueMax;
      if (isFull && !isOverflowing) {
        options.warn(`webhooks[${String(index)}] takes notifications too slowly: the queue is full, new ones are lost`);
      }
      isOverflowing = isFull;
      if (copies.length === 0 || isFull) {
        record(notification, { attempt: 0, delivered: false, failure: isFull ? "overflow" : "lost" });
        return;
      }
      send(notification, copies);
    },
    pendingCount: () => pending,
    close: async () => {
      isClosed = true;
      for (const stop of [...stops]) stop();
      slots.open();
      await Promise.allSettled(running);
    },
  };
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

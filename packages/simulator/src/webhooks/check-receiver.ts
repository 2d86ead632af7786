import { signNotification } from "@autorec/recording-api/wire";
import type { Notification } from "../publish/envelope.ts";
import { envelopeOf } from "../publish/envelope.ts";
import { recordingEvents, recordingEventTypes } from "../publish/recording-event-table.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { WebhookSettings } from "../settings/webhooks.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { PostNotification } from "./post-notification.ts";

/** What the console says of a receiver: 200, or 590 no answer as it should be, 591 name unknown, 592 certificate. @see E 1.4 */
export interface ReceiverCheck {
  readonly receiver: number;
  readonly productId: number;
  readonly events: readonly { readonly eventType: number; readonly code: 200 | 590 | 591 | 592 }[];
}

/**
 * Sends one test event of each kind that the receiver takes, once, signed like real ones. Those of product 3 are a
 * guess: nobody documents them.
 */
export async function checkReceiver(options: {
  readonly index: number;
  readonly webhook: WebhookSettings;
  readonly settings: SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly post: PostNotification;
}): Promise<ReceiverCheck> {
  const { index, webhook, settings, scheduler, post } = options;
  const { productId, secret, url } = webhook;
  const eventTypes = webhook.eventTypes ?? (productId === 1 ? channelEventTypes : recordingEventTypes);
  const check = async (eventType: number) => {
    const atMs = scheduler.nowMs();
    const sent = { noticeId: `test:${String(atMs)}:${String(eventType)}`, notifyMs: atMs };
    const body = Buffer.from(envelopeOf(testEvent(productId, eventType, atMs), sent, settings.switches));
    const aborter = new AbortController();
    const cancel = scheduler.at(atMs + settings.durations.webhookLimitMs, () => {
      aborter.abort();
    });
    const headers = { "content-type": "application/json", ...signNotification(body, secret) };
    const result = await post({ url, headers, body, signal: aborter.signal });
    cancel();
    return { eventType, code: codeOf(result) };
  };
  return { receiver: index, productId, events: await Promise.all(eventTypes.map(check)) };
}

/** @see E 2.1 */
const channelEventTypes: readonly number[] = [101, 102, 103, 104, 105, 106, 107, 108, 111, 112];
const testChannel = "test_webhook";
const testUid = 12_121_212;

function testEvent(productId: 1 | 3, eventType: number, atMs: number): Notification {
  const base = { productId, eventType, appId: "", channelName: testChannel, atMs };
  if (productId === 1) {
    const ts = Math.floor(atMs / 1_000);
    const payload = {
      channelName: testChannel,
      uid: testUid,
      platform: 1,
      clientSeq: atMs,
      ts,
      reason: 1,
      duration: 0,
    };
    return { ...base, payload };
  }
  const row = Object.entries(recordingEvents).find(([number]) => Number(number) === eventType)?.[1];
  const sid = "0".repeat(32);
  const ids = { cname: testChannel, uid: String(testUid), sid, sequence: 0, sendts: atMs };
  return { ...base, sid, payload: { ...ids, serviceType: row?.serviceType ?? 0, details: { msgName: row?.msgName } } };
}

function codeOf(result: Awaited<ReturnType<PostNotification>>): 200 | 590 | 591 | 592 {
  if (result.kind === "answered") return result.status === 200 && result.isJson ? 200 : 590;
  if (result.cause === "name") return 591;
  return result.cause === "certificate" ? 592 : 590;
}

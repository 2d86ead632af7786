import type { Notification } from "../publish/envelope.ts";
import { recordingEvents, recordingEventTypes } from "../publish/recording-event-table.ts";
import type { PostResult } from "./post-notification.ts";
import type { SendTools } from "./send-notification.ts";
import { sendNotification } from "./send-notification.ts";

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
export async function checkReceiver(index: number, tools: SendTools): Promise<ReceiverCheck> {
  const { recordingTestEvents } = tools.settings().switches;
  const { productId, eventTypes = productId === 1 ? channelEventTypes : recordingEventTypes } = tools.webhook;
  const check = async (eventType: number) => {
    const atMs = tools.scheduler.nowMs();
    const event =
      productId === 1
        ? channelTestEvent(eventType, atMs)
        : recordingTestEvent(eventType, { atMs, hasIds: recordingTestEvents === "unknownIds" });
    const sent = { noticeId: `test:${String(atMs)}:${String(eventType)}`, stop: new AbortController().signal };
    return { eventType, code: codeOf(await sendNotification(tools, event, sent)) };
  };
  return { receiver: index, productId, events: await Promise.all(eventTypes.map(check)) };
}

/** @see E 2.1 */
const channelEventTypes: readonly number[] = [101, 102, 103, 104, 105, 106, 107, 108, 111, 112];
const testChannel = "test_webhook";
const testUid = 12_121_212;

function channelTestEvent(eventType: number, atMs: number): Notification {
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
  return { productId: 1, eventType, appId: "", channelName: testChannel, atMs, payload };
}

function recordingTestEvent(
  eventType: number,
  { atMs, hasIds }: { readonly atMs: number; readonly hasIds: boolean },
): Notification {
  const base = { productId: 3, eventType, appId: "", channelName: testChannel, atMs } as const;
  if (!hasIds) return { ...base, payload: {} };
  const row = Object.entries(recordingEvents).find(([number]) => Number(number) === eventType)?.[1];
  const sid = "0".repeat(32);
  const ids = { cname: testChannel, uid: String(testUid), sid, sequence: 0, sendts: atMs };
  return { ...base, sid, payload: { ...ids, serviceType: row?.serviceType ?? 0, details: { msgName: row?.msgName } } };
}

function codeOf(result: PostResult): 200 | 590 | 591 | 592 {
  if (result.kind === "answered") return result.status === 200 && result.isJson ? 200 : 590;
  if (result.cause === "name") return 591;
  return result.cause === "certificate" ? 592 : 590;
}

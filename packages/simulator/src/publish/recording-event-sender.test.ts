import { expect, test } from "vitest";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import type { SimulatorSettingsInput } from "../settings/simulator-settings.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";
import type { OutgoingEvent } from "./notification.ts";
import { createRecordingEventSender } from "./recording-event-sender.ts";

const appId = "0123456789abcdef0123456789abcdef";
const notification = {
  productId: 3,
  eventType: 40,
  appId,
  channelName: "room",
  sid: "1".repeat(32),
  atMs: 1_700_000_000_000,
  payload: { sequence: 0 },
} as const;

function bench(notificationDelivery: SimulatorSettingsInput["notificationDelivery"] = {}) {
  const scheduler = createManualScheduler(1_700_000_000_000);
  const settings = parseSimulatorSettings({
    accounts: [{ customerId: "a", customerSecret: "b", apps: [{ appId }] }],
    notificationDelivery,
  });
  const sent: OutgoingEvent[] = [];
  const acknowledgements: (() => void)[] = [];
  const sender = createRecordingEventSender({
    settings: () => settings,
    scheduler,
    random: createRandom(1),
    send: (event, onAcknowledged) => {
      sent.push(event);
      acknowledgements.push(onAcknowledged);
    },
  });
  return { sender, scheduler, sent, acknowledgements };
}

test("a recording event is the raw notification, keyed by channel, with the app in the header", () => {
  const { sender, sent, acknowledgements } = bench();
  sender.tell(notification);
  expect(sent).toMatchObject([{ key: "room", headers: { "app-id": appId } }]);
  expect(JSON.parse(sent[0]?.value ?? "")).toEqual({
    noticeId: "1700000000000:1:40",
    productId: 3,
    eventType: 40,
    notifyMs: 1_700_000_000_000,
    payload: { sequence: 0 },
  });
  expect(sender.pendingCount()).toBe(1);
  acknowledgements[0]?.();
  expect(sender.pendingCount()).toBe(0);
});

test("it goes astray as webhooks do", () => {
  const noticeIds = (sent: readonly OutgoingEvent[]) =>
    sent.map(({ value }) => /"noticeId":"([^"]+)"/.exec(value)?.[1]);
  const lost = bench({ lossRate: 1 });
  lost.sender.tell(notification);
  expect([lost.sent.length, lost.sender.pendingCount()]).toEqual([0, 0]);

  const twice = bench({ redundant: "otherNoticeId", delayMs: 300 });
  twice.sender.tell(notification);
  expect([twice.sent.length, twice.sender.pendingCount()]).toEqual([0, 2]);
  twice.scheduler.advance(300);
  expect(new Set(noticeIds(twice.sent)).size).toBe(2);
});

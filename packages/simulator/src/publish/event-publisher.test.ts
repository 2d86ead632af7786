import { describe, expect, test } from "vitest";
import type { Announcement, NewHistoryLine } from "../core/world.ts";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";
import { createEventPublisher } from "./event-publisher.ts";
import type { OutgoingEvent } from "./notification.ts";

const appId = "0123456789abcdef0123456789abcdef";
let seq = 0;

function announcement(kind: "join" | "leave", uid: number, extra: Partial<Announcement> = {}): Announcement {
  seq += 1;
  return {
    kind,
    appId,
    channelName: "room",
    eventType: kind === "join" ? 103 : 104,
    atMs: 1_700_000_000_500,
    uid,
    clientSeq: 1_700_000_000_000 + seq,
    platform: 7,
    recorder: false,
    rejoinExpected: false,
    ...(kind === "leave" ? { reason: 1, durationS: 3 } : {}),
    ...extra,
  };
}

function bench(
  delivery: { readonly copies?: number; readonly shuffleWindowMs?: number; readonly dropRate?: number } = {},
) {
  const scheduler = createManualScheduler(1_700_000_000_000);
  const settings = parseSimulatorSettings({
    profile: "fast",
    accounts: [{ customerId: "a", customerSecret: "b", apps: [{ appId }] }],
    delivery,
  });
  const sent: OutgoingEvent[] = [];
  const lines: NewHistoryLine[] = [];
  const waiting: (() => void)[] = [];
  let isOut = false;
  const publisher = createEventPublisher({
    settings: () => settings,
    scheduler,
    random: createRandom(1),
    record: (line) => lines.push(line),
    send: (event, onAcknowledged) => {
      sent.push(event);
      if (isOut) waiting.push(onAcknowledged);
      else onAcknowledged();
    },
  });
  return {
    scheduler,
    publisher,
    sent,
    lines,
    outage: () => {
      isOut = true;
    },
    recover: () => {
      isOut = false;
      for (const acknowledge of waiting.splice(0)) acknowledge();
    },
    publish: publisher.publish,
    dropped: () =>
      lines.flatMap((line) =>
        line.kind === "event" && line.dropped ? [`${String(line.eventType)} ${String(line.uid)}`] : [],
      ),
  };
}

describe("what is published", () => {
  test("the raw notification body, keyed by channel, with the app in the header", () => {
    const { publish, sent } = bench();
    publish(announcement("leave", 7, { clientSeq: 42 }));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ key: "room", headers: { "app-id": appId } });
    expect(JSON.parse(sent[0]?.value ?? "")).toEqual({
      noticeId: "1700000000500:1:104",
      productId: 1,
      eventType: 104,
      notifyMs: 1_700_000_000_500,
      payload: { channelName: "room", uid: 7, platform: 7, clientSeq: 42, ts: 1_700_000_000, reason: 1, duration: 3 },
    });
  });

  test("copies are the same record, spread over the window; the line counts from the first that was acknowledged", () => {
    const { publish, publisher, scheduler, sent, lines } = bench({ copies: 3, shuffleWindowMs: 1_000 });
    publish(announcement("join", 7));
    expect(sent).toHaveLength(0);
    expect(publisher.pendingCount()).toBe(1);
    scheduler.advance(1_000);
    expect(new Set(sent.map(({ value }) => value)).size).toBe(1);
    expect(sent).toHaveLength(3);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ kind: "event", eventType: 103, uid: 7, copies: 3, dropped: false });
    expect(publisher.pendingCount()).toBe(0);
  });

  test("without a window the order is kept, with one it is not", () => {
    for (const [shuffleWindowMs, isKept] of [
      [0, true],
      [5_000, false],
    ] as const) {
      const { publish, scheduler, sent } = bench({ shuffleWindowMs });
      for (let uid = 1; uid <= 20; uid += 1) publish(announcement("join", uid));
      scheduler.advance(5_000);
      const uids = sent.map(({ value }) => Number(/"uid":(\d+)/.exec(value)?.[1]));
      expect(uids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(uids.every((uid, index) => uid === index + 1)).toBe(isKept);
    }
  });

  test("during an outage nothing is in the history; afterwards the time is that of the acknowledgement", () => {
    const { publish, scheduler, lines, outage, recover } = bench();
    outage();
    publish(announcement("join", 7));
    scheduler.advance(9_000);
    expect(lines).toEqual([]);
    recover();
    expect(lines[0]).toMatchObject({ dropped: false, ackedAtMs: 1_700_000_009_000 });
  });
});

describe("what may be dropped (rate 1: everything that may)", () => {
  test("a join while another delivered participant is there, never the first", () => {
    const { publish, dropped } = bench({ dropRate: 1 });
    publish(announcement("join", 1));
    publish(announcement("join", 2));
    expect(dropped()).toEqual(["103 2"]);
  });

  test("not while the other's join is unacknowledged, was dropped itself, or is an audience's or a recorder's", () => {
    const { publish, dropped, outage, recover } = bench({ dropRate: 1 });
    outage();
    publish(announcement("join", 1));
    publish(announcement("join", 2));
    expect(dropped()).toEqual([]);
    recover();

    const other = bench({ dropRate: 1 });
    other.publish(announcement("join", 4_000_000_000, { recorder: true, clientType: 10 }));
    other.publish(announcement("join", 1, { eventType: 105 }));
    other.publish(announcement("join", 2));
    expect(other.dropped()).toEqual([]);
  });

  test("not when the other has left, even if its leave is still on the way", () => {
    const { publish, dropped, outage } = bench({ dropRate: 1 });
    publish(announcement("join", 1));
    outage();
    publish(announcement("leave", 1));
    publish(announcement("join", 2));
    expect(dropped()).toEqual([]);
  });

  test("a leave whose uid came back within the hold; the rejoin itself is published", () => {
    const { publish, dropped, sent, scheduler } = bench({ dropRate: 1 });
    publish(announcement("join", 1));
    publish(announcement("join", 9, { channelName: "other" }));
    publish(announcement("leave", 1, { rejoinExpected: true }));
    expect(dropped()).toEqual([]);
    scheduler.advance(2_000);
    publish(announcement("join", 1));
    expect(dropped()).toEqual(["104 1"]);
    expect(sent.map(({ value }) => /"eventType":(\d+)/.exec(value)?.[1])).toEqual(["103", "103", "103"]);
  });

  test("a leave without a rejoin is published when the hold is over", () => {
    const { publish, publisher, dropped, scheduler, lines } = bench({ dropRate: 1 });
    publish(announcement("join", 1));
    publish(announcement("leave", 1, { rejoinExpected: true }));
    expect(publisher.pendingCount()).toBe(1);
    scheduler.advance(3_000);
    expect(dropped()).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ kind: "event", eventType: 104, dropped: false });
    expect(publisher.pendingCount()).toBe(0);
  });

  test("recorders, roles, 101, 102 and a leave with reason 5 are never dropped", () => {
    const { publish, dropped } = bench({ dropRate: 1, shuffleWindowMs: 0 });
    publish(announcement("join", 1));
    publish(announcement("join", 8, { recorder: true }));
    publish(announcement("leave", 8, { recorder: true, rejoinExpected: true }));
    publish({ ...announcement("join", 1), kind: "role", eventType: 112 });
    publish(announcement("leave", 1, { reason: 5, rejoinExpected: true }));
    expect(dropped()).toEqual([]);
  });
});

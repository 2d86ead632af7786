import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { NewHistoryLine } from "../core/world.ts";
import type { Notification } from "../publish/envelope.ts";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import type { SimulatorSettingsInput } from "../settings/simulator-settings.ts";
import { envelopeSchema } from "../testing/notification-schemas.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";
import type { PostResult } from "./post-notification.ts";
import { createReceiver } from "./receiver.ts";

const appId = "0123456789abcdef0123456789abcdef";
const url = "http://receiver.example.org/hook";
type Conduct = "take" | "refuse" | "text" | "hang" | "break";
type Patch = Pick<SimulatorSettingsInput, "notificationDelivery" | "switches"> & {
  readonly webhook?: Partial<NonNullable<SimulatorSettingsInput["webhooks"]>[number]>;
};

const payloadSchema = z.object({ n: z.number(), lane: z.string() });

interface Sent {
  readonly n: number;
  readonly lane: string;
  readonly noticeId: string;
  readonly notifyMs: number;
  readonly atMs: number;
  endedAtMs: number | undefined;
}

/** @param conduct what the receiver does with its n-th request; takes everything that is not listed. */
function bench(patch: Patch = {}, conduct: readonly Conduct[] = []) {
  const scheduler = createManualScheduler(1_700_000_000_000);
  const { webhook, ...rest } = patch;
  const settings = parseSimulatorSettings({
    profile: "fast",
    accounts: [{ customerId: "a", customerSecret: "b", apps: [{ appId }] }],
    webhooks: [{ productId: 3, url, secret: "planted-secret", ...webhook }],
    ...rest,
  });
  const sends: Sent[] = [];
  const bodies: unknown[] = [];
  const lines: NewHistoryLine[] = [];
  const warnings: string[] = [];
  const [configured] = settings.webhooks;
  if (configured === undefined) throw new Error("expected a webhook");
  const receiver = createReceiver({
    index: 0,
    webhook: configured,
    settings: () => settings,
    scheduler,
    random: createRandom(1),
    record: (line) => lines.push(line),
    warn: (message) => warnings.push(message),
    post: async ({ body, signal }): Promise<PostResult> => {
      const read: unknown = JSON.parse(Buffer.from(body).toString());
      bodies.push(read);
      const { noticeId, notifyMs, payload } = envelopeSchema.parse(read);
      const { n, lane } = payloadSchema.parse(payload);
      const how = conduct[sends.length] ?? "take";
      const sent: Sent = { n, lane, noticeId, notifyMs, atMs: scheduler.nowMs(), endedAtMs: undefined };
      sends.push(sent);
      const result = await answer(how, signal);
      sent.endedAtMs = scheduler.nowMs();
      return result;
    },
  });
  return {
    receiver,
    scheduler,
    sends,
    bodies,
    lines,
    warnings,
    take: (n: number, lane = "0", more: Partial<Notification> = {}) => {
      receiver.take({
        productId: 3,
        eventType: 40,
        appId,
        channelName: "room",
        sid: lane.padStart(32, "0"),
        atMs: scheduler.nowMs(),
        payload: { n, lane },
        ...more,
      });
    },
    /** Time passes until nothing is on its way. */
    settle: async () => {
      for (let step = 0; receiver.pendingCount() > 0; step += 1) {
        if (step > 5_000) throw new Error("it never ends");
        await new Promise((resolve) => setImmediate(resolve));
        scheduler.advance(50);
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function answer(how: Conduct, signal: AbortSignal): Promise<PostResult> {
  switch (how) {
    case "take":
      return Promise.resolve({ kind: "answered", status: 200, isJson: true });
    case "refuse":
      return Promise.resolve({ kind: "answered", status: 500, isJson: true });
    case "text":
      return Promise.resolve({ kind: "answered", status: 200, isJson: false });
    case "break":
      return Promise.resolve({ kind: "failed", cause: "network" });
    case "hang":
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          resolve({ kind: "failed", cause: "timeout" });
        });
      });
  }
}

describe("a notification", () => {
  test("is taken with 200 and JSON, and not sent again", async () => {
    const { take, settle, sends, lines } = bench();
    take(1);
    await settle();
    expect(sends).toHaveLength(1);
    expect(lines).toEqual([
      {
        kind: "webhook",
        appId,
        channelName: "room",
        sid: "0".repeat(32),
        receiver: 0,
        productId: 3,
        eventType: 40,
        noticeId: "2000000000:1:40",
        attempt: 1,
        delivered: true,
        status: 200,
      },
    ]);
  });

  test.each([
    ["refuse", { status: 500, failure: "status" }],
    ["text", { status: 200, failure: "body" }],
    ["break", { failure: "network" }],
    ["hang", { failure: "timeout" }],
  ] as const)(
    "that is answered by %s is sent again at once, then at growing intervals, four times in all",
    async (how, failure) => {
      const { take, settle, sends, lines } = bench({}, [how, how, how, how]);
      take(1);
      await settle();
      const tookMs = how === "hang" ? 1_000 : 0;
      const waits = sends.slice(1).map(({ atMs }, at) => atMs - (sends[at]?.atMs ?? 0) - tookMs);
      expect(waits).toEqual([0, 200, 800]);
      expect(lines).toMatchObject([1, 2, 3, 4].map((attempt) => ({ attempt, delivered: false, ...failure })));
      // notifyMs is the time of each send, the noticeId is that of the first.
      expect(sends.map(({ notifyMs }) => notifyMs)).toEqual(sends.map(({ atMs }) => atMs));
      expect(new Set(sends.map(({ noticeId }) => noticeId)).size).toBe(1);
    },
  );

  test("is sent once only where the configuration has no retries", async () => {
    const { take, settle, sends } = bench({ webhook: { retry: false } }, ["refuse"]);
    take(1);
    await settle();
    expect(sends).toHaveLength(1);
  });

  test("goes to those who asked for its product, App ID and event", async () => {
    const { take, settle, sends } = bench({ webhook: { eventTypes: [40], appIds: [appId] } });
    take(1, "0", { productId: 1 });
    take(2, "0", { eventType: 41 });
    take(3, "0", { appId: "f".repeat(32) });
    take(4);
    await settle();
    expect(sends.map(({ n }) => n)).toEqual([4]);
  });

  test.each([
    [{}, {}],
    [
      { envelopeSid: true, envelopeEventMs: true },
      { sid: "0".repeat(32), eventMs: 1_700_000_000_000 },
    ],
  ])("has what the switches %j ask for beside its payload", async (switches, expected) => {
    const { take, settle, bodies } = bench({ switches });
    take(1);
    await settle();
    expect(bodies).toEqual([
      {
        noticeId: "2000000000:1:40",
        productId: 3,
        eventType: 40,
        notifyMs: 1_700_000_000_000,
        payload: { n: 1, lane: "0" },
        ...expected,
      },
    ]);
  });
});

describe("notifications on their way", () => {
  const off = { redundant: "off" } as const;

  test.each([
    [off, 1, 1],
    [{ redundant: "sameNoticeId" } as const, 2, 1],
    [{ redundant: "otherNoticeId" } as const, 2, 2],
    [{ duplicateRate: 1 }, 2, 1],
    [{ lossRate: 1 }, 0, 0],
  ])("%j: %i sends under %i ids", async (notificationDelivery, count, ids) => {
    const { take, settle, sends, lines } = bench({ notificationDelivery });
    take(1);
    await settle();
    expect(sends).toHaveLength(count);
    expect(new Set(sends.map(({ noticeId }) => noticeId)).size).toBe(ids);
    if (count === 0) expect(lines).toMatchObject([{ attempt: 0, delivered: false, failure: "lost" }]);
  });

  test("rates are rates, and the same seed hits the same ones", async () => {
    const run = async () => {
      const { take, settle, sends } = bench({ notificationDelivery: { lossRate: 0.5, duplicateRate: 0.25 } });
      for (let n = 0; n < 400; n += 1) take(n);
      await settle();
      return sends.map(({ n }) => n);
    };
    const sent = await run();
    expect(new Set(sent).size).toBeGreaterThan(160);
    expect(new Set(sent).size).toBeLessThan(260);
    expect(sent.length).toBeGreaterThan(new Set(sent).size);
    expect(await run()).toEqual(sent);
  });

  test("come late by delayMs, in order; with a shuffle window in another one", async () => {
    for (const [shuffleWindowMs, isKept] of [
      [0, true],
      [5_000, false],
    ] as const) {
      const { take, settle, sends, scheduler } = bench({ notificationDelivery: { delayMs: 700, shuffleWindowMs } });
      for (let n = 0; n < 20; n += 1) take(n);
      const sinceMs = scheduler.nowMs();
      await settle();
      expect(Math.min(...sends.map(({ atMs }) => atMs - sinceMs))).toBeGreaterThanOrEqual(700);
      expect(sends.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      expect(sends.every(({ n }, at) => n === at)).toBe(isKept);
    }
  });

  test("wait for one of their recording that must be sent again, or overtake it with retriesHoldBack off", async () => {
    for (const [retriesHoldBack, order] of [
      [true, [1, 1, 1, 2]],
      [false, [1, 1, 2, 1]],
    ] as const) {
      const { take, settle, sends } = bench({ notificationDelivery: { retriesHoldBack } }, ["refuse", "text"]);
      take(1);
      take(2);
      await settle();
      expect(sends.map(({ n }) => n)).toEqual(order);
    }
  });

  test("of another recording wait for nothing", async () => {
    const { take, settle, sends } = bench({}, ["hang"]);
    take(1, "a");
    take(2, "b");
    await settle();
    expect(sends.map(({ n }) => n)).toEqual([1, 2, 1]);
  });

  test("are no more than sendsAtOnceMax, however many wait", async () => {
    const hangs = Array.from({ length: 5 }, () => "hang" as const);
    const { take, settle, sends } = bench({ notificationDelivery: { sendsAtOnceMax: 2 } }, hangs);
    for (let n = 0; n < 5; n += 1) take(n, String(n));
    await settle();
    for (const { atMs } of sends) {
      const underWay = sends.filter((sent) => sent.atMs <= atMs && (sent.endedAtMs ?? Infinity) > atMs);
      expect(underWay.length).toBeLessThanOrEqual(2);
    }
  });

  test("beyond queueMax are lost, written down, and warned of once", async () => {
    const { take, settle, sends, lines, warnings } = bench({ notificationDelivery: { queueMax: 2 } }, ["hang"]);
    for (let n = 0; n < 5; n += 1) take(n);
    await settle();
    expect(new Set(sends.map(({ n }) => n)).size).toBe(2);
    expect(lines.filter((line) => line.kind === "webhook" && line.failure === "overflow")).toHaveLength(3);
    expect(warnings).toEqual([expect.stringMatching(/^webhooks\[0\] .*queue is full/)]);
    take(9);
    await settle();
    expect(sends.at(-1)?.n).toBe(9);
  });

  test("end when the simulator closes, whatever the receiver does", async () => {
    const { take, receiver, sends, lines, scheduler } = bench({}, ["hang", "refuse", "refuse"]);
    take(1, "a");
    take(2, "b");
    take(3, "b");
    await new Promise((resolve) => setImmediate(resolve));
    await receiver.close();
    take(4);
    scheduler.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sends.map(({ n }) => n)).toEqual([1, 2, 2]);
    expect(lines).toHaveLength(2);
  });
});

test(
  "whatever the receiver does, each copy is sent at most four times, and a recording's events come in order",
  {
    timeout: 30_000,
  },
  async () => {
    const conduct = fc.array(fc.constantFrom<Conduct>("take", "refuse", "text", "hang", "break"), { maxLength: 60 });
    const delivery = fc.record({
      redundant: fc.constantFrom("off", "sameNoticeId", "otherNoticeId"),
      duplicateRate: fc.constantFrom(0, 0.5),
      lossRate: fc.constantFrom(0, 0.3),
      sendsAtOnceMax: fc.integer({ min: 1, max: 4 }),
    });
    const lanes = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(conduct, delivery, lanes, async (script, notificationDelivery, order) => {
        const { take, settle, sends } = bench({ notificationDelivery }, script);
        for (const [n, lane] of order.entries()) take(n, lane);
        await settle();
        for (const n of order.keys()) {
          const own = sends.filter((sent) => sent.n === n);
          const copiesMax =
            (notificationDelivery.redundant === "off" ? 1 : 2) + (notificationDelivery.duplicateRate > 0 ? 1 : 0);
          expect(own.length).toBeLessThanOrEqual(4 * copiesMax);
        }
        for (const lane of ["a", "b", "c"]) {
          const ns = sends.filter((sent) => sent.lane === lane).map(({ n }) => n);
          expect(ns).toEqual(ns.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  },
);

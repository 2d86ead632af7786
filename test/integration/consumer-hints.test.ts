import { expect, test, vi } from "vitest";
import { applyHints } from "../../services/consumer/src/apply-hints.ts";
import type { ApplyHintsDeps } from "../../services/consumer/src/apply-hints.ts";
import type { DeadLetter } from "../../services/consumer/src/dead-letter.ts";
import { openReconciling } from "../support/reconciler.ts";
import type { Reconciling } from "../support/reconciler.ts";
import { appId } from "../support/reconciling-app.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

interface Told {
  readonly letters: DeadLetter[];
  readonly results: string[];
  /** Delivers one notification of product 3, as the topic would. */
  readonly tell: (eventType: number, payload: Readonly<Record<string, unknown>>) => Promise<void>;
}

function openIntake(world: Reconciling): Told {
  const letters: DeadLetter[] = [];
  const results: string[] = [];
  const health = { failed: () => undefined, works: () => undefined, problem: () => undefined };
  const deps: ApplyHintsDeps = {
    store: world.store,
    apps: { appIds: new Set([appId]), onlyAppId: appId },
    sendDeadLetters: (more) => Promise.resolve(void letters.push(...more)),
    lookAt: () => undefined,
    storeHealth: health,
    kafkaHealth: health,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now(), sleep: () => Promise.resolve() },
    observer: {
      hinted: (result) => results.push(result),
      candidate: () => undefined,
      deadLettered: () => undefined,
    },
  };
  const tell: Told["tell"] = async (eventType, payload) => {
    const body = { noticeId: "n", productId: 3, eventType, notifyMs: Date.now(), payload };
    const record = {
      ...{ topic: "agora.recording-events", partition: 0, offset: "0", timestampMs: Date.now(), key: undefined },
      ...{ value: Buffer.from(JSON.stringify(body)), headers: {} },
    };
    const batch = { partition: 0, records: [record], nextOffset: "1", endOffset: "1" };
    expect(await applyHints(batch, deps, new AbortController().signal)).toEqual({ kind: "durable", held: false });
  };
  return { letters, results, tell };
}

/** A recorder that runs although the answer to its start was lost; the window in which it may be adopted is long. */
async function openGhost(): Promise<{ world: Reconciling; intake: Told; sid: string; uid: number }> {
  const world = await openReconciling({ durations: { adoptWindowMs: 20_000 } });
  await world.simulator.client.fault({ fault: "lose-answer", match: { call: "start" } });
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "GHOST" }]);
  }, patience);
  const [ghost] = world.joinedRecorders();
  if (ghost === undefined) throw new Error("the start has taken effect");
  return { world, intake: openIntake(world), sid: ghost.sid, uid: ghost.uid };
}

test("a ghost whose sid an event names is adopted after a query, watched, and stopped in the end: nothing covers it", async () => {
  const { intake, sid, uid, world } = await openGhost();
  await intake.tell(40, { cname: "room", uid: String(uid), sid, sequence: 0, sendts: Date.now(), details: {} });
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF", sid }]);
  }, patience);
  expect(world.joinedRecorders()).toHaveLength(1);
  await world.leave(7);
  await vi.waitFor(() => {
    expect(world.leftRecorders()).toMatchObject([{ sid, cause: "stop" }]);
  }, patience);
});

test.each([
  ["another uid", (uid: number) => ({ uid: String(uid + 2) })],
  ["a time before the acquire", () => ({ sendts: Date.now() - 120_000 })],
  ["another channel", () => ({ cname: "other" })],
])("an event with %s names no sid for a ghost", async (_what, change) => {
  const { intake, sid, uid, world } = await openGhost();
  const payload = { cname: "room", uid: String(uid), sid, sendts: Date.now(), details: {} };
  await intake.tell(40, { ...payload, ...change(uid) });
  expect(intake.results).toEqual(["stale"]);
  expect((await world.attempts())[0]).not.toHaveProperty("candidateSid");
});

test("a sid that Agora does not know is never adopted, however right its event looks", async () => {
  const { intake, uid, world } = await openGhost();
  await intake.tell(40, { cname: "room", uid: String(uid), sid: "invented", sendts: Date.now(), details: {} });
  await vi.waitFor(() => {
    expect(world.requests("query").filter(({ status }) => status !== 200)).not.toEqual([]);
  }, patience);
  expect((await world.attempts())[0]).toMatchObject({ st: "GHOST" });
});

test("a killed recorder that event 11 tells of is asked at once, and replaced without waiting for the poll", async () => {
  const world = await openReconciling({ durations: { pollMs: 8_000 } });
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  const intake = openIntake(world);
  const [attempt] = await world.attempts();
  const about = { cname: "room", uid: String(attempt?.uid), sid: attempt?.sid, sendts: Date.now() };
  const asked = world.requests("query").length;
  await intake.tell(12, { ...about, details: { msgName: "session_failover", newUid: 4_111_111_112 } });
  await vi.waitFor(async () => {
    expect((await world.attempts())[0]?.knownUids).toContain(4_111_111_112);
    expect(world.requests("query").length).toBeGreaterThan(asked);
  }, patience);
  expect(intake.results).toEqual(["applied"]);
});

test("what cannot be read is dead-lettered with its code, another product and a health check are ignored", async () => {
  const world = await openReconciling();
  const intake = openIntake(world);
  await intake.tell(40, { cname: "room", uid: "7" });
  expect(intake.letters[0]?.headers).toMatchObject({ "x-error-code": "REC_EVENT_UNKNOWN_SHAPE" });
  await intake.tell(40, { cname: "test_webhook", uid: "12121212", sid: "s" });
  expect(intake.results).toEqual(["ignored"]);
});

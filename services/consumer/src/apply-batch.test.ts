import { StoreError } from "@autorec/session-store";
import type { ClaimedChannel, PresenceResult, PresenceUpdate } from "@autorec/session-store";
import { expect, test } from "vitest";
import { applyBatch } from "./apply-batch.ts";
import type { ApplyBatchDeps } from "./apply-batch.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { InputBatch, InputRecord } from "./input-record.ts";
import { createTestClock } from "./test-clock.ts";
import { testNowMs, testRecord } from "./test-records.ts";

const unreachable = new StoreError("away", { code: "REC_REDIS_UNREACHABLE", retry: "retry" });
const refused = new StoreError("WRONGTYPE", { code: "REC_REDIS_REFUSED", retry: "terminal" });
const flipped: PresenceResult = {
  changed: true,
  occupied: true,
  leaseHeld: false,
  applied: 1,
  stale: 0,
  strangers: 0,
  nowMs: 0,
};
const running = new AbortController().signal;

interface Fakes {
  readonly apply?: (channelName: string, update: PresenceUpdate) => PresenceResult;
  readonly send?: (letters: readonly DeadLetter[]) => void;
  readonly storeAnswers?: boolean;
  /** No turn is free unless a test says so. */
  readonly keepTurn?: ApplyBatchDeps["keepTurn"];
}

function setup(fakes: Fakes = {}) {
  const calls: { readonly channelName: string; readonly update: PresenceUpdate }[] = [];
  const letters: DeadLetter[] = [];
  const looks: string[] = [];
  const strangers: string[] = [];
  const health = { failed: () => undefined, works: () => undefined, problem: () => undefined };
  const deps: ApplyBatchDeps = {
    apps: { appIds: new Set(["app"]), onlyAppId: "app" },
    store: {
      async applyPresence({ channelName }, update) {
        calls.push({ channelName, update });
        return fakes.apply?.(channelName, update) ?? flipped;
      },
    },
    async sendDeadLetters(more) {
      fakes.send?.(more);
      letters.push(...more);
    },
    lookAt({ channelName }) {
      looks.push(channelName);
    },
    keepTurn: fakes.keepTurn ?? (() => undefined),
    storeAnswers: () => Promise.resolve(fakes.storeAnswers ?? true),
    storeHealth: health,
    kafkaHealth: health,
    clock: createTestClock(testNowMs),
    observer: {
      sorted: () => undefined,
      applied: () => undefined,
      held: () => undefined,
      reservedUidUsed: ({ channelName }, count) => strangers.push(`${channelName} ${String(count)}`),
      deadLettered: () => undefined,
    },
  };
  return { calls, letters, looks, strangers, deps };
}

function batchOf(records: readonly InputRecord[], more: Partial<InputBatch> = {}): InputBatch {
  return { partition: 2, records, nextOffset: "10", endOffset: "10", ...more };
}

test("a batch is one call per channel with all its events, told how far the partition is applied", async () => {
  const { calls, deps, looks } = setup();
  const records = ["a", "b", "a"].map((channelName, i) => testRecord({ channelName, clientSeq: i + 1 }));
  expect(await applyBatch(batchOf(records), deps, running)).toEqual({ kind: "durable", held: false });
  expect(calls.map(({ channelName, update }) => [channelName, update.events.length])).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(calls[0]?.update.appliedOffset).toEqual({ partition: 2, offset: "10" });
  expect(looks).toEqual(["a", "b"]);
});

test("nothing is looked at that did not change or that somebody is working on", async () => {
  const { deps, looks } = setup({
    apply: (channelName) => ({ ...flipped, changed: channelName !== "same", leaseHeld: channelName === "busy" }),
  });
  await applyBatch(batchOf(["same", "busy", "new"].map((channelName) => testRecord({ channelName }))), deps, running);
  expect(looks).toEqual(["new"]);
});

/** Turns for every channel, and what became of them. */
function turns() {
  const ends: string[] = [];
  const keepTurn: ApplyBatchDeps["keepTurn"] = ({ channelName }) => ({
    claim: { token: `of ${channelName}`, owner: "test", leaseMs: 1 },
    begin: ({ rev }) => ends.push(`${channelName} begins at ${rev}`),
    giveBack: () => ends.push(`${channelName} given back`),
    abandon: () => ends.push(`${channelName} abandoned`),
  });
  return { ends, keepTurn };
}

const ref = { appId: "app", channelName: "room" } as const;
const idle = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
const slots = { primary: idle, secondary: idle };
const want = { on: false, cause: "empty" } as const;
const granted: ClaimedChannel = {
  ref,
  view: {
    record: { schemaVersion: 1, ...ref, want, slots, attempts: {}, sessions: {} },
    presence: { count: 1, hosts: 1 },
    facts: [],
    reservedUids: new Map(),
  },
  rev: "7",
  fence: "1",
  leaseUntilMs: 1,
  nowMs: 0,
  liveRuleHashes: [],
};

test("work begins with what the step of presence has claimed, without another look", async () => {
  const { ends, keepTurn } = turns();
  const { calls, deps, looks } = setup({ keepTurn, apply: () => ({ ...flipped, granted }) });
  await applyBatch(batchOf([testRecord({})]), deps, running);
  expect(calls[0]?.update.claim).toEqual({ token: "of room", owner: "test", leaseMs: 1 });
  expect(ends).toEqual(["room begins at 7"]);
  expect(looks).toEqual([]);
});

test("a turn without a grant is given back, whatever the answer, and a channel that is held back keeps none", async () => {
  const { ends, keepTurn } = turns();
  const { deps, looks } = setup({
    keepTurn,
    apply(channelName) {
      if (channelName === "broken") throw refused;
      return flipped;
    },
  });
  const old = testRecord({ channelName: "old", atMs: testNowMs - 86_400_000 }, { timestampMs: testNowMs - 86_400_000 });
  const records = [testRecord({}), testRecord({ channelName: "broken" }), old];
  await applyBatch(batchOf(records, { endOffset: "500" }), deps, running);
  expect(ends.toSorted()).toEqual(["broken given back", "room given back"]);
  expect(looks).toEqual(["room"]);
});

// Whoever reads the batch next finds nothing changed and a lease that nobody works on.
test("a claim whose answer never came is given up with its batch", async () => {
  const { ends, keepTurn } = turns();
  const { deps } = setup({
    keepTurn,
    apply() {
      throw unreachable;
    },
  });
  expect(await applyBatch(batchOf([testRecord({})]), deps, AbortSignal.abort())).toEqual({ kind: "abandoned" });
  expect(ends).toEqual(["room abandoned"]);
});

test("a channel whose first answer was lost is looked at, since that one may have said that it changed", async () => {
  let calls = 0;
  const { deps, looks } = setup({
    apply() {
      calls += 1;
      if (calls === 1) throw unreachable;
      return { ...flipped, changed: false };
    },
  });
  await applyBatch(batchOf([testRecord({})]), deps, running);
  expect(looks).toEqual(["room"]);
});

test("a join of days ago is held until the end offset known now, and starts nothing", async () => {
  const { calls, deps, looks } = setup();
  const old = testRecord({ atMs: testNowMs - 86_400_000 }, { timestampMs: testNowMs - 86_400_000 });
  const outcome = await applyBatch(batchOf([old], { endOffset: "500" }), deps, running);
  expect(outcome).toEqual({ kind: "durable", held: true });
  expect(calls[0]?.update.hold).toEqual({ partition: 2, offset: "500" });
  expect(looks).toEqual([]);
});

test("while Redis is away nothing is durable; the batch goes on when it is back", async () => {
  let failures = 7;
  const { deps, letters } = setup({
    apply() {
      if (failures-- > 0) throw unreachable;
      return flipped;
    },
  });
  const records = [testRecord({}), testRecord({}, { value: undefined })];
  expect(await applyBatch(batchOf(records), deps, running)).toMatchObject({ kind: "durable" });
  expect(letters).toHaveLength(1);
});

test("I5: a process that stops while Redis is away abandons the batch and buries nothing", async () => {
  const { deps, letters } = setup({
    apply() {
      throw unreachable;
    },
  });
  const records = [testRecord({}), testRecord({}, { value: undefined })];
  expect(await applyBatch(batchOf(records), deps, AbortSignal.abort())).toEqual({ kind: "abandoned" });
  expect(letters).toEqual([]);
});

test("a channel that Redis refuses while it answers others is dead-lettered; the rest of the batch is applied", async () => {
  const { deps, letters, looks } = setup({
    apply(channelName) {
      if (channelName === "broken") throw refused;
      return flipped;
    },
  });
  const records = [testRecord({ channelName: "broken" }), testRecord({ channelName: "fine" })];
  expect(await applyBatch(batchOf(records), deps, running)).toMatchObject({ kind: "durable" });
  expect(letters.map((letter) => letter.headers["x-error-code"])).toEqual(["REC_REDIS_REFUSED"]);
  expect(looks).toEqual(["fine"]);
});

test("refused credentials dead-letter nothing: the events wait until they are accepted again", async () => {
  let refusals = 20;
  const { deps, letters } = setup({
    storeAnswers: false,
    apply() {
      if (refusals-- > 0) throw refused;
      return flipped;
    },
  });
  expect(await applyBatch(batchOf([testRecord({})]), deps, running)).toMatchObject({ kind: "durable" });
  expect(letters).toEqual([]);
});

test("a dead-letter topic that takes only small records gets less of the value, down to nothing", async () => {
  const tooLarge = Object.assign(new Error("too large"), { code: "REC_KAFKA_TOO_LARGE" });
  const { deps, letters } = setup({
    send(more) {
      if (more.some((letter) => (letter.value?.length ?? 0) > 1_000)) throw tooLarge;
    },
  });
  const outcome = await applyBatch(batchOf([testRecord({}, { value: Buffer.alloc(1_048_450) })]), deps, running);
  expect(outcome).toMatchObject({ kind: "durable" });
  expect(letters.map((letter) => [letter.value?.length, letter.headers["x-truncated-from"]])).toEqual([[0, "1048450"]]);
});

test("a person with a uid of the recorders' range is reported, and only by the event that showed it first", async () => {
  const { deps, strangers } = setup({
    apply: (channelName) => ({ ...flipped, strangers: channelName === "a" ? 1 : 0 }),
  });
  const records = [testRecord({ channelName: "a", uid: 4_000_000_002 }), testRecord({ channelName: "b" })];
  await applyBatch(batchOf(records), deps, running);
  expect(strangers).toEqual(["a 1"]);
});

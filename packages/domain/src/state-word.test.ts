import { expect, test } from "vitest";
import type { Attempt, ChannelRecord } from "./channel-record.ts";
import { decide } from "./decide.ts";
import { realDurations } from "./durations.ts";
import { nextStep, stateWord } from "./state-word.ts";

const nowMs = 1_000_000;
const idleSlot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
const empty: ChannelRecord = {
  schemaVersion: 1,
  appId: "a",
  channelName: "c",
  want: { on: false, cause: "empty" },
  slots: { primary: idleSlot, secondary: idleSlot },
  attempts: {},
  sessions: {},
};
const rule = {
  name: "r",
  hash: "h",
  mode: "mix",
  channelType: 0,
  countAudience: false,
  slots: ["primary"],
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  coverAfterMs: 30_000,
  tokenLifeS: 86_400,
  rotateAfterMs: 82_800_000,
  priority: 0,
} as const;
const claimed = decide(
  { record: empty, presence: { count: 1, hosts: 1 }, facts: [], reservedUids: new Map() },
  { kind: "look" },
  {
    nowMs,
    durations: realDurations,
    deploymentId: "d",
    rule,
    knowsRule: () => true,
    otherRulesAlive: false,
    control: "run",
    inFlight: new Set(),
    entropy: 7,
  },
).record;

function withAttempt(change: Partial<Attempt>): ChannelRecord {
  const attempt = claimed.attempts[1];
  if (attempt === undefined) throw new Error("the first look claims an attempt");
  return { ...claimed, attempts: { 1: { ...attempt, ...change } } };
}

test("a channel that nobody wants and where nothing is open is ignored", () => {
  expect(stateWord(empty, nowMs)).toBe("ignored");
  expect(nextStep(empty)).toBeUndefined();
});

test("a channel is starting for fifteen seconds after its session opened, then it is uncovered", () => {
  expect(stateWord(claimed, nowMs + 15_000)).toBe("starting");
  expect(stateWord(claimed, nowMs + 15_001)).toBe("uncovered");
});

test("a channel that waits for quota is queued instead of starting, and uncovered after the same fifteen seconds", () => {
  const waiting = withAttempt({ waitingFor: "quota_workers" });
  expect(stateWord(waiting, nowMs + 15_000)).toBe("queued");
  expect(stateWord(waiting, nowMs + 15_001)).toBe("uncovered");
  expect(nextStep(waiting)?.what).toBe("acquire (waits for a worker)");
});

test("a confirmed recorder covers, a suspected or unknown one does not", () => {
  expect(stateWord(withAttempt({ st: "CONF" }), nowMs)).toBe("covered");
  expect(stateWord(withAttempt({ st: "CONF", n404: 1 }), nowMs)).toBe("unknown");
  expect(stateWord(withAttempt({ st: "GHOST" }), nowMs)).toBe("unknown");
});

test("a channel that is no longer wanted is stopping until nothing is open", () => {
  const off = { on: false, cause: "empty" };
  expect(stateWord({ ...withAttempt({ st: "STOPPING" }), want: off }, nowMs)).toBe("stopping");
  expect(stateWord({ ...withAttempt({ st: "CLOSED" }), want: off }, nowMs)).toBe("ignored");
});

test("a blocked slot is called blocked only while the block lasts", () => {
  const { primary } = claimed.slots;
  const blocked = { ...claimed, slots: { ...claimed.slots, primary: { ...primary, blockedUntilMs: nowMs + 1 } } };
  expect(stateWord(blocked, nowMs)).toBe("blocked");
  expect(stateWord(blocked, nowMs + 1)).toBe("starting");
});

test("the next step is the earliest that the schedule holds", () => {
  expect(nextStep(withAttempt({ st: "CONF", dueAtMs: nowMs + 5 }))).toEqual({ what: "poll", atMs: nowMs + 5 });
  const stopping = withAttempt({ st: "STOPPING", dueAtMs: nowMs + 9, stopAckAtMs: nowMs });
  const inGrace = { ...stopping, want: { ...stopping.want, graceUntilMs: nowMs + 3 } };
  expect(nextStep(inGrace)).toEqual({ what: "grace ends", atMs: nowMs + 3 });
});

test("a paused channel says that it waits for the operators, without a time that nobody can name", () => {
  const { primary } = claimed.slots;
  const slots = { ...claimed.slots, primary: { ...primary, resp: 0 } };
  const held = (st: "CLOSED" | "STOPPING"): ChannelRecord => ({
    ...withAttempt({ st, cause: "starts_held", dueAtMs: nowMs + 9 }),
    slots,
    want: { ...claimed.want, control: "holdStarts" },
  });
  expect(nextStep(held("CLOSED"))).toEqual({ what: "start a recorder once the operators lift hold-starts" });
  expect(stateWord(held("CLOSED"), nowMs + 60_000)).toBe("uncovered");
  // What is under way goes on, and that comes first.
  expect(nextStep(held("STOPPING"))).toEqual({ what: "stop", atMs: nowMs + 9 });
  const handsOff = { ...withAttempt({ st: "CONF" }), want: { ...claimed.want, control: "handsOff" as const } };
  expect(nextStep(handsOff)).toEqual({ what: "wait until the operators lift hands-off" });
  // Nobody is there any more, and the recorder may not be stopped yet.
  expect(nextStep({ ...handsOff, want: { ...handsOff.want, on: false } })).toEqual(nextStep(handsOff));
  const idle = { ...held("CLOSED"), want: { on: false, cause: "empty", control: "handsOff" as const } };
  expect(nextStep(idle)).toBeUndefined();
});

test("a channel stays covered while its recorder is being rotated out, and while the second of two records", () => {
  const [first] = Object.values(withAttempt({ st: "CONF", rotating: true }).attempts);
  if (first === undefined) throw new Error("the first look claims an attempt");
  const rotated: ChannelRecord = {
    ...claimed,
    slots: { ...claimed.slots, primary: { ...idleSlot, resp: 2, nextK: 2 } },
    attempts: { 1: first, 2: { ...first, n: 2, st: "CLAIMED", rotating: false } },
  };
  expect(stateWord(rotated, nowMs + 60_000)).toBe("covered");
  const second = { ...first, n: 2, slot: "secondary" as const, rotating: false };
  const slots = { primary: idleSlot, secondary: { ...idleSlot, resp: 2 } };
  expect(stateWord({ ...claimed, slots, attempts: { 2: second } }, nowMs + 60_000)).toBe("covered");
  const doubted: ChannelRecord = { ...claimed, slots, attempts: { 2: { ...second, n404: 1 } } };
  expect(stateWord(doubted, nowMs + 60_000)).toBe("uncovered");
});

import type { Rule } from "@autorec/domain";
import { judgeHistory } from "@autorec/simulator/judge";
import type { JudgeOptions, Judgement } from "@autorec/simulator/judge";
import { expect, test, vi } from "vitest";
import { openReconciling, shortDurations } from "../support/reconciler.ts";
import type { Reconciling } from "../support/reconciler.ts";
import { ruleOf } from "../support/reconciling-app.ts";

const patience = { timeout: 60_000, interval: 50 } as const;
const rule: Rule = ruleOf(shortDurations);
const both: Rule = { ...rule, slots: ["primary", "secondary"] };

/** The simulator's own account of the day; two cores shared with others are slower than the bounds of the short profile. */
function judged(world: Reconciling, options: JudgeOptions): Judgement {
  const durations = { ...shortDurations, coverAfterMs: rule.coverAfterMs, workSlackMs: 10_000 };
  return judgeHistory(world.history(), { durations, ...options });
}

async function confirmed(world: Reconciling, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const states = (await world.attempts()).filter((each) => each.st !== "CLOSED").map((each) => each.st);
    expect(states).toEqual(Array.from({ length: count }, () => "CONF"));
  }, patience);
}

test("a recorder is replaced before its end, the new one confirmed before the old one is stopped: a gap of 0 s", async () => {
  const world = await openReconciling({ durations: { rotateJitterMs: 100 } });
  const worker = world.worker("w1", { rule: () => ({ ...rule, rotateAfterMs: 4_000 }) });
  worker.watch();
  await world.join(7);
  await vi.waitFor(() => {
    expect(world.leftRecorders().length).toBeGreaterThanOrEqual(3);
  }, patience);
  expect(world.leftRecorders().every(({ cause }) => cause === "stop")).toBe(true);
  const [first] = world.joinedRecorders();
  const judgement = judged(world, { rotateAfterMs: 4_000 });
  expect(judgement.gaps.filter((gap) => gap.startMs >= (first?.atMs ?? 0))).toEqual([]);
  expect(judgement.violations).toEqual([]);
  expect(judgement.overlaps.every(({ exception }) => exception === "rotation")).toBe(true);
  const uids = world.joinedRecorders().map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  expect(worker.alarms).toEqual([]);
});

test("a changed rule and an operator's order replace the recorder without a gap", async () => {
  const world = await openReconciling();
  let current = rule;
  world.worker("w1", { rule: () => current }).watch();
  await world.join(7);
  await confirmed(world, 1);
  await world.simulator.client.note({ note: "rotation-ordered" });
  current = { ...rule, hash: "rule-b" };
  await vi.waitFor(async () => {
    expect((await world.attempts()).slice(1)).toMatchObject([{ st: "CONF", ruleHash: "rule-b" }]);
  }, patience);
  await confirmed(world, 1);

  const [, second] = await world.attempts();
  if (second === undefined) throw new Error("the rotation has made a second attempt");
  await world.simulator.client.note({ note: "rotation-ordered" });
  const { n, slot, session, uid, mode } = second;
  await world.store.fact(
    { appId: "0123456789abcdef0123456789abcdef", channelName: "room" },
    { n, kind: "rotate", slot, session, uid, mode, atMs: 1 },
  );
  await vi.waitFor(async () => {
    expect((await world.attempts()).slice(2)).toMatchObject([{ st: "CONF" }]);
  }, patience);
  await confirmed(world, 1);
  const judgement = judged(world, {});
  expect(judgement.gaps.filter(({ cause }) => cause !== "start_latency")).toEqual([]);
  expect(judgement.violations).toEqual([]);
});

test("of two recorders either may die: the channel is recorded without a gap, on machines apart", async () => {
  const world = await openReconciling();
  const worker = world.worker("w1", { rule: () => both });
  worker.watch();
  await world.join(7);
  await confirmed(world, 2);
  for (const slot of ["primary", "secondary"] as const) {
    const victim = (await world.attempts()).find((each) => each.slot === slot && each.st === "CONF");
    if (victim === undefined) throw new Error(`${slot} records`);
    await world.simulator.client.kill({ channelName: "room", sid: victim.sid ?? "" });
    await vi.waitFor(async () => {
      const live = (await world.attempts()).filter((each) => each.st === "CONF" && each.n404 === 0);
      expect(live.map((each) => each.slot).toSorted()).toEqual(["primary", "secondary"]);
      expect(live.some((each) => each.n === victim.n)).toBe(false);
    }, patience);
  }
  const [first] = world.joinedRecorders();
  const judgement = judged(world, { recorders: 2 });
  expect(judgement.gaps.filter((gap) => gap.startMs >= (first?.atMs ?? 0))).toEqual([]);
  expect(judgement.violations).toEqual([]);
  // Seen as one slot the same history is full of recorders too many.
  expect(judged(world, { recorders: 1 }).overlapsUnexplained).toBeGreaterThan(0);

  await world.leave(7);
  await vi.waitFor(() => {
    expect(world.live()).toEqual([]);
  }, patience);
  expect(worker.alarms).toEqual([]);
});

test("with a wrong certificate the slot is blocked after five deaths, says so once, and is tried again", async () => {
  const world = await openReconciling({ durations: { claimBackoffMs: [0, 100], crashLoopRetryMs: [1_500, 4_000] } });
  const worker = world.worker("w1", { appCertificate: "ffeeddccbbaa99887766554433221100" });
  worker.watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect((await world.attempts()).length).toBeGreaterThanOrEqual(7);
  }, patience);
  expect(worker.alarms.filter(({ alarm }) => alarm === "crash_loop")).toHaveLength(1);
  const claimedAtMs = (await world.attempts()).map((each) => each.claimedAtMs);
  const lastWaitMs = (claimedAtMs[6] ?? 0) - (claimedAtMs[5] ?? 0);
  expect(lastWaitMs).toBeGreaterThanOrEqual(4_000);
});

import { describe, expect, it } from "vitest";
import type { Attempt, Slot } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  factOf,
  look,
  queryInput,
  rule,
  statesOf,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";

/** The recorder of the slot says that it has failed. */
function dies(attempt: Attempt, slot: Partial<Slot> = {}): Decision {
  return tell(viewOf({ attempts: [attempt], resp: attempt.n, slot }), queryInput("abnormal", { n: attempt.n }));
}

const early = attemptIn("LIVE");
const alarmsOf = (decision: Decision): readonly string[] => decision.alarms.map((alarm) => alarm.alarm);

describe("recorders that die early, one after the other", () => {
  it("are only waited for until the fifth", () => {
    const { primary } = dies(early, { earlyDeaths: 3 }).record.slots;
    expect(primary).toMatchObject({ earlyDeaths: 4 });
    expect(primary.blockedUntilMs).toBeUndefined();
  });

  it("block the slot with the fifth, for a minute, and a person hears of it", () => {
    const decision = dies(early, { earlyDeaths: 4 });
    expect(decision.record.slots.primary).toMatchObject({
      resp: 0,
      blockedUntilMs: t0 + 60_000,
      blockedCause: "crash_loop",
      blockedRuleHash: rule.hash,
    });
    expect(alarmsOf(decision)).toEqual(["crash_loop"]);
    expect(decision.lifecycle).toContainEqual(
      expect.objectContaining({ type: "slot.blocked", cause: "recorder_exit", detail: "crash_loop" }),
    );
    expect(decision.dueAtMs).toBeLessThanOrEqual(t0 + 60_000);
  });

  it("block it longer each time, up to ten minutes, without another alarm", () => {
    const blocks = [1, 2, 3, 9].map((loopBlocks) => dies(early, { earlyDeaths: 5, loopBlocks }));
    expect(blocks.map((decision) => (decision.record.slots.primary.blockedUntilMs ?? 0) - t0)).toEqual([
      120_000, 300_000, 600_000, 600_000,
    ]);
    expect(blocks.flatMap(alarmsOf)).toEqual([]);
  });

  it("are still tried when the block is over: nobody stays unrecorded for ever", () => {
    const block = { blockedUntilMs: t0, blockedCause: "crash_loop", blockedRuleHash: rule.hash };
    const decision = look(viewOf({ slot: { ...block, earlyDeaths: 5, loopBlocks: 1 } }));
    expect(statesOf(decision)).toEqual(["CLAIMED"]);
    expect(decision.record.slots.primary).toMatchObject({ earlyDeaths: 5, loopBlocks: 1 });
  });

  it("count also when the recorder was confirmed, for less than two minutes", () => {
    const confirmed = (ms: number): number | undefined =>
      dies(attemptIn("CONF", { confAtMs: t0 - ms }), { earlyDeaths: 1 }).record.slots.primary.earlyDeaths;
    expect(confirmed(119_999)).toBe(2);
    expect(confirmed(120_000)).toBeUndefined();
  });

  it.each(["GHOST", "DOUBT"] as const)("do not count when they are a %s: a lost answer is no death", (st) => {
    const view = viewOf({ attempts: [attemptIn(st)], resp: 1, slot: { earlyDeaths: 4 } });
    expect(look(view).record.slots.primary).toMatchObject({ earlyDeaths: 4 });
  });

  it("are forgotten when one has recorded for two minutes", () => {
    const view = viewOf({
      attempts: [attemptIn("CONF", { confAtMs: t0 - 120_000 })],
      resp: 1,
      slot: { earlyDeaths: 5, loopBlocks: 2, backoffStep: 4 },
    });
    const { primary } = look(view).record.slots;
    expect([primary.earlyDeaths, primary.loopBlocks, primary.backoffStep]).toEqual([undefined, undefined, 0]);
  });
});

describe("a block for a loop is lifted", () => {
  const slot = {
    blockedUntilMs: t0 + 500_000,
    blockedCause: "crash_loop",
    blockedRuleHash: rule.hash,
    earlyDeaths: 6,
    loopBlocks: 3,
    nextClaimAtMs: t0 + 60_000,
  };

  it("not before its time", () => {
    expect(statesOf(look(viewOf({ slot })))).toEqual([]);
  });

  it("by a changed rule, with all that was counted", () => {
    const decision = look(viewOf({ slot: { ...slot, nextClaimAtMs: 0 } }), { rule: { ...rule, hash: "rule-2" } });
    expect(statesOf(decision)).toEqual(["CLAIMED"]);
    expect(decision.record.slots.primary.earlyDeaths).toBeUndefined();
  });

  it("by an operator's retry, at once", () => {
    const decision = look(viewOf({ slot, facts: [factOf("retry")] }));
    expect(statesOf(decision)).toEqual(["CLAIMED"]);
    expect(decision.record.slots.primary.loopBlocks).toBeUndefined();
  });

  it("by a new session, for one try: the next early death blocks again", () => {
    const view = viewOf({ slot, want: wantOff });
    const opened = look(view);
    expect(statesOf(opened)).toEqual(["CLAIMED"]);
    expect(opened.record.slots.primary).toMatchObject({ earlyDeaths: 6, loopBlocks: 3 });
  });

  it("but a refusal of Agora's is not lifted by a new session: the request is as wrong as before", () => {
    expect(statesOf(look(viewOf({ slot: { ...slot, blockedCause: "acquire never (400/2)" }, want: wantOff })))).toEqual(
      [],
    );
  });
});

describe("files that cannot be stored", () => {
  const fact = factOf("storageError", { errorCode: 32 });

  it("are an alarm, and the recorder goes on", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, facts: [fact] }));
    expect(statesOf(decision)).toEqual(["CONF"]);
    expect(decision.alarms).toEqual([
      { alarm: "storage_error", n: 1, detail: "uploader error 32: the storage configuration is wrong" },
    ]);
    const again = decide(after(viewOf(), decision, { facts: [fact] }), { kind: "look" }, contextAt(t0 + 1_000));
    expect(again.alarms).toEqual([]);
  });

  it("block the slot at once when the recorder dies of it", () => {
    const decision = dies({ ...early, storageErrorAtMs: t0 - 1_000 });
    expect(decision.record.slots.primary).toMatchObject({
      blockedCause: "storage_error",
      blockedUntilMs: t0 + 60_000,
      loopBlocks: 1,
    });
    expect(decision.lifecycle).toContainEqual(expect.objectContaining({ type: "slot.blocked", cause: "file_missing" }));
    expect(alarmsOf(decision)).toEqual([]);
  });

  it("of hours ago do not delay the successor of a recorder that recorded on", () => {
    const old = attemptIn("CONF", { confAtMs: t0 - 7_200_000, storageErrorAtMs: t0 - 3_600_000 });
    expect(statesOf(dies(old))).toEqual(["STOPPING", "CLAIMED"]);
  });

  it("are said once, however often the slot is tried again", () => {
    const view = viewOf({ attempts: [attemptIn("LIVE")], resp: 1, facts: [fact], slot: { loopBlocks: 1 } });
    expect(alarmsOf(look(view))).toEqual([]);
  });

  it("about another sid say nothing", () => {
    const view = viewOf({ attempts: [attemptIn("LIVE")], resp: 1, facts: [{ ...fact, sid: "sid-other" }] });
    expect(attemptOf(look(view)).storageErrorAtMs).toBeUndefined();
  });
});

describe("two recorders", () => {
  const both = { rule: { ...rule, slots: ["primary", "secondary"] as const } };

  it("are not claimed together: the second waits for the resource of the first", () => {
    const first = look(viewOf(), both);
    expect(statesOf(first)).toEqual(["CLAIMED"]);
    const view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    const decision = look(view, both);
    expect(decision.calls).toContainEqual({ call: "acquire", n: 2, excludeResourceIds: ["resource-1"] });
    expect(attemptOf(decision, 2)).toMatchObject({ slot: "secondary", st: "CLAIMED" });
  });

  it("do not wait for one another when Agora does not answer the first", () => {
    const retryStep = { acquire: 1, start: 0, wait: 0, query: 0, stop: 0 };
    const view = viewOf({ attempts: [attemptIn("CLAIMED", { retryStep })], resp: 1 });
    expect(statesOf(look(view, both))).toEqual(["CLAIMED", "CLAIMED"]);
  });

  it("the second does not wait for ever for a first that is not answered at all", () => {
    const view = viewOf({ attempts: [attemptIn("CLAIMED", { claimedAtMs: t0 - 90_000 })], resp: 1 });
    expect(statesOf(look(view, both))).toEqual(["CLAIMED", "CLAIMED"]);
    const waiting = look(viewOf({ attempts: [attemptIn("CLAIMED", { claimedAtMs: t0 - 89_000 })], resp: 1 }), both);
    expect(statesOf(waiting)).toEqual(["CLAIMED"]);
    expect(waiting.dueAtMs).toBe(t0 + 1_000);
  });

  it("the second does not wait for a blocked first", () => {
    const slot = { blockedUntilMs: t0 + 60_000, blockedCause: "x", blockedRuleHash: rule.hash };
    const decision = look(viewOf({ slot }), both);
    expect(attemptOf(decision)).toMatchObject({ slot: "secondary" });
  });

  it("the first may die: its successor is kept apart from the second", () => {
    const attempts = [attemptIn("LIVE"), attemptIn("CONF", { n: 2, slot: "secondary" })];
    const view = viewOf({ attempts, resp: 1, secondary: { resp: 2, nextK: 1 } });
    const decision = tell(view, queryInput("abnormal"), both);
    expect(statesOf(decision)).toEqual(["STOPPING", "CONF", "CLAIMED"]);
    expect(decision.calls).toContainEqual({ call: "acquire", n: 3, excludeResourceIds: ["resource-2"] });
  });

  it("the second records on when the rule asks for one, until the first is confirmed", () => {
    const second = attemptIn("CONF", { n: 2, slot: "secondary" });
    const attempts = [attemptIn("LIVE"), second];
    const view = viewOf({ attempts, resp: 1, secondary: { resp: 2, nextK: 1 } });
    expect(statesOf(look(view))).toEqual(["LIVE", "CONF"]);
    const confirmed = tell(view, queryInput("alive"));
    expect(statesOf(confirmed)).toEqual(["CONF", "STOPPING"]);
  });

  it("ghost and doubt of a slot that is not asked for any more are accounted for to their end", () => {
    const attempts = [
      attemptIn("CONF"),
      attemptIn("GHOST", { n: 2, slot: "secondary", adoptUntilMs: t0 + 9_000 }),
      attemptIn("DOUBT", { n: 3, slot: "secondary" }),
      attemptIn("READY", { n: 4, slot: "secondary" }),
    ];
    const decision = look(viewOf({ attempts, resp: 1, secondary: { resp: 2, nextK: 3 } }));
    expect(statesOf(decision)).toEqual(["CONF", "GHOST", "DOUBT", "DOUBT"]);
    const emptied = viewOf({ attempts: attempts.slice(0, 3), want: wantOff, presence: emptyFor(900_000) });
    expect(statesOf(decide(emptied, { kind: "look" }, contextAt(t0 + 900_000)))).toEqual([
      "STOPPING",
      "CLOSED",
      "CLOSED",
    ]);
  });
});

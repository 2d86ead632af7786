import { describe, expect, it } from "vitest";
import type { RetrySchedule } from "@autorec/events";
import type { Attempt } from "./channel-record.ts";
import {
  acquiredInput,
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  evidence,
  look,
  queryInput,
  resourceOf,
  respOf,
  sidOf,
  startInput,
  statesOf,
  stopInput,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Input } from "./decision.ts";
import { realDurations } from "./durations.ts";

const spacingMs = 95_000;

function stoppingView(change: Partial<Attempt> = {}): ReturnType<typeof viewOf> {
  return viewOf({ attempts: [attemptIn("STOPPING", change)], want: wantOff, presence: emptyFor(60_000) });
}

describe("counting 404s", () => {
  const counted = (change: Partial<Attempt>, sentAtMs: number): Attempt =>
    attemptOf(tell(stoppingView(change), stopInput("notFound", { sentAtMs, answeredAtMs: t0 })));

  it("begins with the first", () => {
    expect(counted({}, t0 - 100)).toMatchObject({ n404: 1, first404AtMs: t0, last404AtMs: t0 });
  });

  it("goes by send time: an answer under way while the spacing ran out proves nothing (mutation 7)", () => {
    const change = { n404: 1, first404AtMs: t0 - spacingMs - 50, last404AtMs: t0 - spacingMs - 50 };
    expect(counted(change, t0 - 51).n404).toBe(1);
    expect(counted(change, t0 - 50)).toMatchObject({ n404: 2, last404AtMs: t0, first404AtMs: t0 - spacingMs - 50 });
  });

  it("does not let an uncounted 404 push the window on (mutation 39)", () => {
    const change = { n404: 1, first404AtMs: t0 - 15_000, last404AtMs: t0 - 15_000 };
    expect(counted(change, t0 - 100)).toMatchObject({ n404: 1, last404AtMs: t0 - 15_000 });
  });

  it("ends an unanswered stop with the fourth, each spaced, not before (mutations 5, 6, 8)", () => {
    let view = stoppingView();
    const states: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const nowMs = t0 + i * spacingMs;
      const sent = { sentAtMs: nowMs, answeredAtMs: nowMs };
      const decision = decide(view, stopInput("notFound", sent), contextAt(nowMs));
      states.push(attemptOf(decision).st);
      if (i < 3) expect(decision.dueAtMs).toBe(nowMs + spacingMs);
      view = after(view, decision);
    }
    expect(states).toEqual(["STOPPING", "STOPPING", "STOPPING", "CLOSED"]);
  });

  it("asks again a whole spacing after the stored answer, which may lie ahead of the decision's clock", () => {
    const decision = tell(stoppingView(), stopInput("notFound", { sentAtMs: t0 - 5, answeredAtMs: t0 + 3 }));
    expect(decision.dueAtMs).toBe(t0 + 3 + spacingMs);
  });

  it.each(["alive", "starting"] as const)("is undone by %s", (outcome) => {
    const change = { n404: 3, first404AtMs: t0 - 300_000, last404AtMs: t0 - 100_000 };
    const attempt = attemptOf(tell(stoppingView(change), queryInput(outcome)));
    expect(attempt).toMatchObject({ st: "STOPPING", n404: 0 });
    expect(attempt.first404AtMs).toBeUndefined();
  });
});

describe("a suspected recorder", () => {
  const suspectOf = (coverAfterMs: number): ReturnType<typeof attemptIn> => attemptIn("CONF", { coverAfterMs });

  it.each([
    ["eager", 5_000, [5_000]],
    ["standard", 30_000, [5_000, 15_000, 30_000]],
    ["patient", 95_000, [5_000, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000, 95_000]],
  ] as const)("is asked again under %s until capture moves", (_, coverAfterMs, asked) => {
    let view = viewOf({ attempts: [suspectOf(coverAfterMs)], resp: 1 });
    let nowMs = t0;
    const times: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const decision = decide(view, queryInput("notFound", { sentAtMs: nowMs, answeredAtMs: nowMs }), contextAt(nowMs));
      view = after(view, decision);
      if (respOf(decision) !== 1) break;
      nowMs = attemptOf(decision).dueAtMs;
      times.push(nowMs - t0);
    }
    expect(times).toEqual(asked);
    expect(view.record.slots.primary.resp).toBe(2);
    // Patient waits as long as a migration may last: then the recorder is already known to need reaping.
    expect(attemptOf(view.record).st).toBe(coverAfterMs === 95_000 ? "STOPPING" : "CONF");
  });

  it("is not closed and not stopped by one 404 (mutation 8)", () => {
    const decision = tell(viewOf({ attempts: [suspectOf(30_000)], resp: 1 }), queryInput("notFound"));
    expect(attemptOf(decision)).toMatchObject({ st: "CONF", n404: 1, dueAtMs: t0 + 5_000 });
    expect(respOf(decision)).toBe(1);
    expect(decision.calls).toEqual([]);
  });

  it("that nobody could ask stays as suspected as it was", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 5_000, last404AtMs: t0 - 5_000 });
    const decision = tell(viewOf({ attempts: [suspected], resp: 1 }), queryInput("unknown"));
    expect(attemptOf(decision)).toMatchObject({ n404: 1, first404AtMs: t0 - 5_000 });
  });

  it("whose suspicion is older is not cleared by a late sid: a fact is no observation (mutation 22)", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 5_000, last404AtMs: t0 - 5_000 });
    const fact = {
      n: 1,
      kind: "sid" as const,
      slot: "primary" as const,
      session: "s_1",
      uid: suspected.uid,
      mode: "individual" as const,
      resourceId: resourceOf(1),
      sid: sidOf(1),
      atMs: t0 - 1,
    };
    const decision = look(viewOf({ attempts: [suspected], resp: 1, facts: [fact] }));
    expect(attemptOf(decision)).toEqual(suspected);
  });
});

describe("stopping", () => {
  it("is over when an accepted stop is followed by a 404", () => {
    const acked = tell(stoppingView(), stopInput("done"));
    expect(attemptOf(acked)).toMatchObject({ st: "STOPPING", stopAckAtMs: t0, dueAtMs: t0 + 30_000 });
    const view = after(stoppingView(), acked);
    const due = decide(view, { kind: "look" }, contextAt(t0 + 30_000));
    expect(due.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
    const nowMs = t0 + 30_100;
    const gone = decide(after(view, due), queryInput("notFound", { answeredAtMs: nowMs }), contextAt(nowMs));
    expect(attemptOf(gone)).toMatchObject({ st: "CLOSED", closedAtMs: nowMs, cause: "not_wanted" });
  });

  it("is not over when the stop itself is answered 404 (mutation 5)", () => {
    const decision = tell(stoppingView(), stopInput("notFound"));
    expect(attemptOf(decision)).toMatchObject({ st: "STOPPING", n404: 1, dueAtMs: t0 + spacingMs });
  });

  it("is repeated at once when the recorder still answers after an accepted stop", () => {
    const decision = tell(stoppingView({ stopAckAtMs: t0 - 30_000 }), queryInput("alive"));
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
    expect(attemptOf(decision).stopAckAtMs).toBeUndefined();
  });

  it("is not put off by the 404 of a query that was under way when the stop was decided", () => {
    const decision = tell(stoppingView({ dueAtMs: t0 - 500 }), queryInput("notFound"));
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
    expect(attemptOf(decision).n404).toBe(1);
  });

  it("is repeated for as long as its answer is unknown, more and more slowly", () => {
    let view = stoppingView();
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const decision = tell(view, stopInput("unknown"));
      waits.push(attemptOf(decision).dueAtMs - t0);
      view = after(view, decision);
    }
    expect(waits).toEqual([3_000, 6_000, 9_000, 30_000, 30_000, 30_000]);
  });

  it("goes on to its end after people came back (mutation 10)", () => {
    const view = viewOf({ attempts: [attemptIn("STOPPING", { dueAtMs: t0 })] });
    expect(look(view).calls).toContainEqual({ call: "stop", n: 1, sid: sidOf(1) });
  });
});

describe("starting", () => {
  const ready = attemptIn("READY");
  const again = (schedule: RetrySchedule, ambiguous = true): Input =>
    startInput({ ...evidence, outcome: "again", schedule, ambiguous });

  it.each([
    ["code65", [3_000, 6_000]],
    ["serverError", [3_000, 6_000, 9_000]],
    ["lost", [1_000, 3_000, 6_000]],
  ] as const)(
    "is repeated on the same resource after %s, then doubted, never closed (mutation 3)",
    (schedule, waits) => {
      let view = viewOf({ attempts: [ready], resp: 1 });
      const seen: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const decision = tell(view, again(schedule));
        view = after(view, decision);
        if (attemptOf(decision).st !== "READY") break;
        seen.push(attemptOf(decision).dueAtMs - t0);
        expect(attemptOf(decision).resourceId).toBe(resourceOf(1));
      }
      expect(seen).toEqual(waits);
      expect(attemptOf(view.record)).toMatchObject({ st: "DOUBT", cause: "start_retries_spent" });
      expect(view.record.slots.primary.resp).toBe(2);
      expect(attemptOf(view.record, 2).uid).not.toBe(ready.uid);
    },
  );

  it("is ambiguous for ever once, unless no byte was sent", () => {
    const view = viewOf({ attempts: [ready], resp: 1 });
    expect(attemptOf(tell(view, again("lost", false))).ambiguous).toBe(false);
    const once = after(view, tell(view, again("lost", true)));
    expect(attemptOf(tell(once, again("lost", false))).ambiguous).toBe(true);
  });

  it("is given up when refused for good: closed only when the one and only send was refused", () => {
    const never = startInput({ ...evidence, outcome: "never" });
    const decision = tell(viewOf({ attempts: [ready], resp: 1 }), never);
    expect(attemptOf(decision)).toMatchObject({ st: "CLOSED", cause: "start_refused" });
    expect(decision.record.slots.primary.blockedUntilMs).toBe(t0 + 600_000);
    const twice = attemptIn("READY", { startSends: 2 });
    const late = startInput({ ...evidence, outcome: "never" }, { send: 1 });
    const last = startInput({ ...evidence, outcome: "never" }, { send: 2 });
    expect(attemptOf(tell(viewOf({ attempts: [twice], resp: 1 }), late)).st).toBe("DOUBT");
    expect(attemptOf(tell(viewOf({ attempts: [twice], resp: 1 }), last)).st).toBe("DOUBT");
  });

  it("waits for a limit without using up its tries, until the resource is too old", () => {
    const wait = startInput({ ...evidence, outcome: "wait", schedule: "throttled" });
    const decision = tell(viewOf({ attempts: [ready], resp: 1 }), wait);
    expect(attemptOf(decision)).toMatchObject({ st: "READY", dueAtMs: t0 + 1_000, retryStep: { start: 0, wait: 1 } });
    const old = attemptIn("READY", { acquireSentAtMs: t0 - 240_000, dueAtMs: t0 });
    expect(attemptOf(look(viewOf({ attempts: [old], resp: 1 })))).toMatchObject({
      st: "DOUBT",
      cause: "resource_refused",
    });
    const young = attemptIn("READY", { acquireSentAtMs: t0 - 239_999, dueAtMs: t0 });
    expect(look(viewOf({ attempts: [young], resp: 1 })).calls).toHaveLength(1);
  });

  it("counts each announced send and asks for the journal until the attempt is in it", () => {
    const view = viewOf({ attempts: [attemptIn("READY", { dueAtMs: t0 })], resp: 1 });
    const first = look(view);
    expect(first.calls).toEqual([{ call: "start", n: 1, send: 2, journalFirst: true }]);
    expect(attemptOf(first).startSends).toBe(2);
    const refused = tell(after(view, first), { kind: "journalRefused", n: 1 });
    expect(refused.calls).toEqual([]);
    expect(attemptOf(refused).dueAtMs).toBe(t0 + 1_000);
    const journaled = attemptIn("READY", { dueAtMs: t0, journaled: true });
    expect(look(viewOf({ attempts: [journaled], resp: 1 })).calls[0]).toMatchObject({ journalFirst: false });
  });

  it("never turns a live recorder into a ghost by a late 201/7 (mutation 14)", () => {
    const started = startInput({ ...evidence, outcome: "started" });
    for (const st of ["LIVE", "CONF"] as const) {
      const decision = tell(viewOf({ attempts: [attemptIn(st)], resp: 1 }), started);
      expect(attemptOf(decision)).toMatchObject({ st, sid: sidOf(1) });
    }
  });

  it("with a uid that already records is a ghost without a window: covered at once", () => {
    const decision = tell(viewOf({ attempts: [ready], resp: 1 }), startInput({ ...evidence, outcome: "conflict" }));
    expect(statesOf(decision)).toEqual(["GHOST", "CLAIMED"]);
    expect(attemptOf(decision).adoptUntilMs).toBeUndefined();
  });

  it("that ran without a sid leaves the window for adoption, then is covered (mutation 12)", () => {
    const view = viewOf({ attempts: [ready], resp: 1 });
    const decision = tell(view, startInput({ ...evidence, outcome: "started" }));
    expect(attemptOf(decision)).toMatchObject({ st: "GHOST", adoptUntilMs: t0 + 15_000 });
    expect([respOf(decision), decision.dueAtMs]).toEqual([1, t0 + 15_000]);
    const later = decide(after(view, decision), { kind: "look" }, contextAt(t0 + 15_000));
    expect([respOf(later), statesOf(later)]).toEqual([2, ["GHOST", "CLAIMED"]]);
  });

  it("is announced by the very decision that stores the resource", () => {
    const decision = tell(viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1 }), acquiredInput({ sentAtMs: t0 - 300 }));
    expect(attemptOf(decision)).toMatchObject({
      st: "READY",
      acquireSentAtMs: t0 - 300,
      acquireAnsweredAtMs: t0,
      resourceDeadAtMs: t0 + 360_000,
      startSends: 1,
    });
    expect(decision.calls).toEqual([{ call: "start", n: 1, send: 1, journalFirst: true }]);
  });

  it("is not begun when nothing is wanted any more at the answer of acquire", () => {
    const view = viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1, presence: emptyFor(60_000) });
    expect(attemptOf(tell(view, acquiredInput()))).toMatchObject({ st: "CLOSED", cause: "not_wanted" });
  });

  it("keeps its resource when another acquire answers late (mutation 4)", () => {
    const view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    const decision = tell(view, acquiredInput({ resourceId: "resource-late" }));
    expect(attemptOf(decision).resourceId).toBe(resourceOf(1));
    expect(decision.noop).toBe(true);
  });
});

describe("acquiring", () => {
  const claimed = viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1 });
  const answer = (outcome: "again" | "wait", schedule: RetrySchedule, triesMax?: number): Input => ({
    kind: "acquire",
    n: 1,
    sentAtMs: t0 - 100,
    answeredAtMs: t0,
    answer: { ...evidence, outcome, schedule, ...(triesMax === undefined ? {} : { triesMax }) },
  });

  function waits(input: Input, count: number): readonly (number | string)[] {
    let view = claimed;
    const seen: (number | string)[] = [];
    for (let i = 0; i < count; i += 1) {
      const decision = tell(view, input);
      const attempt = attemptOf(decision);
      seen.push(attempt.st === "CLAIMED" ? attempt.dueAtMs - t0 : attempt.st);
      if (attempt.st !== "CLAIMED") break;
      view = after(view, decision);
    }
    return seen;
  }

  it("goes on for ever after lost answers and failures", () => {
    expect(waits(answer("again", "lost"), 5)).toEqual([0, 1_000, 3_000, 6_000, 6_000]);
    expect(waits(answer("again", "others"), 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("waits for the workers, for the login and for the second rate rule as each needs", () => {
    expect(waits(answer("wait", "overWorkers"), 4)).toEqual([30_000, 60_000, 120_000, 120_000]);
    expect(waits(answer("wait", "unauthorized"), 3)).toEqual([60_000, 60_000, 60_000]);
    expect(waits(answer("wait", "noCode", 3), 5)).toEqual([30_000, 30_000, 30_000, "CLOSED"]);
  });

  it("gives an unforeseen answer three tries", () => {
    expect(waits(answer("again", "others", 3), 5)).toEqual([1_000, 2_000, 4_000, "CLOSED"]);
  });

  it("does not charge an outage to the tries of a limit", () => {
    let view = claimed;
    for (let i = 0; i < 5; i += 1) view = after(view, tell(view, answer("again", "lost")));
    expect(attemptOf(tell(view, answer("wait", "noCode", 3))).st).toBe("CLAIMED");
  });

  it("asks a person at the fifth failure whether the service is enabled", () => {
    let view = claimed;
    const alarms: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      const decision = tell(view, answer("again", "serverError"));
      alarms.push(...decision.alarms.map((alarm) => `${i + 1} ${alarm.alarm}`));
      view = after(view, decision);
    }
    expect(alarms).toEqual(["5 service_not_enabled_maybe"]);
  });

  it("blocks the slot when refused for good, tells why, and tries again after the wait", () => {
    const never: Input = {
      kind: "acquire",
      n: 1,
      sentAtMs: t0,
      answeredAtMs: t0,
      answer: { ...evidence, outcome: "never" },
    };
    const decision = tell(claimed, never);
    expect(decision.record.slots.primary).toMatchObject({
      resp: 0,
      blockedUntilMs: t0 + 600_000,
      blockedRuleHash: "rule-1",
    });
    expect(decision.alarms.map((alarm) => alarm.alarm)).toEqual(["slot_blocked"]);
    expect(decision.dueAtMs).toBe(t0 + 600_000);
    const early = decide(after(claimed, decision), { kind: "look" }, contextAt(t0 + 599_999));
    expect(statesOf(early)).toEqual(["CLOSED"]);
    const due = decide(after(claimed, decision), { kind: "look" }, contextAt(t0 + 600_000));
    expect(statesOf(due)).toEqual(["CLOSED", "CLAIMED"]);
    expect(due.record.slots.primary.blockedUntilMs).toBeUndefined();
  });
});

describe("control lost", () => {
  it("is believed the third time within its window, then the recorder is a ghost beside its successor", () => {
    let view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    for (const expected of ["CONF", "CONF", "GHOST"]) {
      const decision = tell(view, queryInput("controlLost"));
      expect(attemptOf(decision).st).toBe(expected);
      view = after(view, decision);
    }
    expect(attemptOf(view.record)).toMatchObject({ controlLost: true, cause: "control_lost" });
    expect(view.record.slots.primary.resp).toBe(2);
  });

  it("forgets errors that are older than the window", () => {
    const old = attemptIn("CONF", { controlErrorsAtMs: [t0 - 300_000, t0 - 300_000] });
    expect(attemptOf(tell(viewOf({ attempts: [old], resp: 1 }), queryInput("controlLost"))).st).toBe("CONF");
  });

  it("ends a stop that nobody can send any more", () => {
    const attempts = [attemptIn("STOPPING", { controlErrorsAtMs: [t0 - 2, t0 - 1] })];
    const view = viewOf({ attempts, want: wantOff, presence: emptyFor(60_000) });
    expect(attemptOf(tell(view, stopInput("controlLost"))).st).toBe("GHOST");
  });
});

describe("adoption of a ghost", () => {
  const ghost = attemptIn("GHOST", { adoptUntilMs: t0 + 4_000, candidateSid: "sid-c", dueAtMs: t0 });

  it("asks the candidate first", () => {
    expect(look(viewOf({ attempts: [ghost], resp: 1 })).calls).toEqual([{ call: "query", n: 1, sid: "sid-c" }]);
  });

  it("happens when the candidate answers", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("alive", { sid: "sid-c" }));
    expect(attemptOf(decision)).toMatchObject({ st: "CONF", sid: "sid-c" });
    expect(attemptOf(decision).candidateSid).toBeUndefined();
    expect(respOf(decision)).toBe(1);
  });

  it("goes on after a 404, but not beyond the window without a cover", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("notFound", { sid: "sid-c" }));
    expect(attemptOf(decision).dueAtMs).toBe(t0 + 4_000);
    const view = after(viewOf({ attempts: [ghost], resp: 1 }), decision);
    expect(respOf(decide(view, { kind: "look" }, contextAt(t0 + 4_000)))).toBe(2);
  });

  it("ends with the resource, when nobody answers", () => {
    const old = { ...ghost, resourceDeadAtMs: t0 };
    const decision = tell(viewOf({ attempts: [old], resp: 1 }), queryInput("notFound", { sid: "sid-c" }));
    expect(attemptOf(decision).candidateSid).toBeUndefined();
  });

  it("does not take an answer about another sid", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("alive", { sid: "sid-other" }));
    expect(decision.noop).toBe(true);
    expect(attemptOf(decision).st).toBe("GHOST");
  });
});

describe("the confirm schedule", () => {
  it("is 5, 5, 10, then each 15 s", () => {
    let view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    let decision = tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }));
    const waits = [attemptOf(decision).dueAtMs - t0];
    for (let i = 0; i < 4; i += 1) {
      view = after(view, decision);
      decision = tell(view, queryInput("starting"));
      waits.push(attemptOf(decision).dueAtMs - t0);
    }
    expect(waits).toEqual([5_000, 5_000, 10_000, 15_000, 15_000]);
  });

  it("polls a confirmed recorder with a jitter of at most a tenth, spread over channels", () => {
    const waits = Array.from({ length: 50 }, (_, i) => {
      const attempts = [attemptIn("LIVE", { uid: 4_000_000_000 + 2 * i })];
      return attemptOf(tell(viewOf({ attempts, resp: 1 }), queryInput("alive"))).dueAtMs - t0;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(realDurations.pollMs * 0.9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(realDurations.pollMs * 1.1);
    expect(new Set(waits).size).toBeGreaterThan(20);
  });
});

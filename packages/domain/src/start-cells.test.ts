import type { RetrySchedule } from "@autorec/events";
import { describe, expect, it } from "vitest";
import {
  acquiredInput,
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  evidence,
  look,
  resourceOf,
  respOf,
  sidOf,
  startInput,
  statesOf,
  t0,
  tell,
  viewOf,
} from "./channel-fixture.ts";
import type { Attempt } from "./channel-record.ts";
import { decide } from "./decide.ts";
import type { Input } from "./decision.ts";

describe("acquiring", () => {
  const claimed = viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1 });
  const answer = (outcome: "again" | "wait", schedule: RetrySchedule, triesMax?: number): Input => ({
    kind: "acquire",
    n: 1,
    sentAtMs: t0 - 100,
    answeredAtMs: t0,
    answer: { ...evidence, outcome, schedule, ...(triesMax === undefined ? {} : { triesMax }) },
  });

  it("keeps the host that answered, for the start to go to", () => {
    const acquired = acquiredInput();
    if (acquired.kind !== "acquire") throw new Error("no acquire");
    const elsewhere = { ...acquired, answer: { ...acquired.answer, host: "https://api.sd-rtn.com" } };
    expect(attemptOf(tell(claimed, elsewhere))).toMatchObject({ st: "READY", host: "https://api.sd-rtn.com" });
    expect(attemptOf(tell(claimed, acquired))).not.toHaveProperty("host");
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

  it.each([
    ["a refusal without a code", answer("again", "lost"), answer("wait", "noCode", 3)],
    ["an unforeseen answer", answer("again", "lost"), answer("again", "others", 3)],
    ["a refusal without a code (by a full account)", answer("wait", "overWorkers"), answer("wait", "noCode", 3)],
  ])("does not charge an outage to the tries of %s", (_, outage, limited) => {
    let view = claimed;
    for (let i = 0; i < 5; i += 1) view = after(view, tell(view, outage));
    for (let i = 0; i < 3; i += 1) view = after(view, tell(view, limited));
    expect(attemptOf(view.record).st).toBe("CLAIMED");
    expect(attemptOf(tell(view, limited)).st).toBe("CLOSED");
  });

  const code62: Input = {
    kind: "acquire",
    n: 1,
    sentAtMs: t0 - 100,
    answeredAtMs: t0,
    answer: { ...evidence, outcome: "again", schedule: "others", maybeNotEnabled: true },
  };

  function alarmsAfter(inputs: readonly Input[]): readonly string[] {
    let view = claimed;
    return inputs.flatMap((input, index) => {
      const decision = tell(view, input);
      view = after(view, decision);
      return decision.alarms.map((alarm) => `${index + 1} ${alarm.alarm}`);
    });
  }

  it("asks a person once, at the fifth answer that may mean so, whether the service is enabled", () => {
    expect(alarmsAfter(Array<Input>(12).fill(code62))).toEqual(["5 service_not_enabled_maybe"]);
    const lost = answer("again", "lost");
    const amongOthers = [code62, lost, code62, code62, lost, lost, code62, lost, code62, lost];
    expect(alarmsAfter(amongOthers)).toEqual(["9 service_not_enabled_maybe"]);
  });

  it("takes an outage for nothing else, however long it lasts", () => {
    for (const schedule of ["lost", "others"] as const) {
      expect(alarmsAfter(Array<Input>(12).fill(answer("again", schedule)))).toEqual([]);
    }
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

  it("leaves nothing to doubt when no byte of any send left, and something when one may have", () => {
    const unsent = (startSends: number, tries: number): Attempt => {
      const sent = attemptIn("READY", { startSends, retryStep: { ...ready.retryStep, start: tries } });
      const answer = { ...evidence, outcome: "again", schedule: "lost", ambiguous: false } as const;
      const view = viewOf({ attempts: [sent], resp: 1 });
      return attemptOf(tell(view, startInput(answer, { send: startSends })));
    };
    expect(unsent(1, 0)).toMatchObject({ st: "READY", startSends: 0 });
    expect(unsent(1, 3)).toMatchObject({ st: "CLOSED", cause: "start_retries_spent" });
    expect(unsent(2, 3)).toMatchObject({ st: "DOUBT", cause: "start_retries_spent", startSends: 1 });
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

  it("is over when its resource is refused: doubted, and never given another one (mutation 4)", () => {
    const refused = startInput({ ...evidence, outcome: "newResource" });
    const decision = tell(viewOf({ attempts: [ready], resp: 1 }), refused);
    expect(attemptOf(decision)).toMatchObject({ st: "DOUBT", resourceId: resourceOf(1) });
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
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
    const refused = tell(after(view, first), { kind: "journalRefused", n: 1, send: 2 });
    expect(refused.calls).toEqual([]);
    expect(attemptOf(refused)).toMatchObject({ st: "READY", dueAtMs: t0 + 1_000, startSends: 1 });
    const journaled = attemptIn("READY", { dueAtMs: t0, journaled: true });
    expect(look(viewOf({ attempts: [journaled], resp: 1 })).calls[0]).toMatchObject({ journalFirst: false });
  });

  it("takes back an announcement that did not leave: want off then closes what nobody has started", () => {
    const first = look(viewOf({ attempts: [attemptIn("READY", { dueAtMs: t0, startSends: 0 })], resp: 1 }));
    expect(attemptOf(first).startSends).toBe(1);
    const view = after(viewOf({ resp: 1 }), first);
    const putOff = tell(view, { kind: "postponed", n: 1, retryInMs: 300, send: 1 });
    expect(attemptOf(putOff)).toMatchObject({ st: "READY", dueAtMs: t0 + 300, startSends: 0 });
    const emptied = { ...after(view, putOff), presence: emptyFor(60_000) };
    expect(attemptOf(look(emptied))).toMatchObject({ st: "CLOSED", cause: "not_wanted" });
  });

  it("takes back no announcement but the last, and none that may have left", () => {
    const view = viewOf({ attempts: [attemptIn("READY", { startSends: 2 })], resp: 1 });
    expect(attemptOf(tell(view, { kind: "postponed", n: 1, retryInMs: 300, send: 1 })).startSends).toBe(2);
    expect(attemptOf(tell(view, { kind: "postponed", n: 1, retryInMs: 300 })).startSends).toBe(2);
  });

  it("is no doubt any more when the only announced send of a given up attempt did not leave", () => {
    const once = viewOf({ attempts: [attemptIn("DOUBT", { startSends: 1 })] });
    const unsent: Input = { kind: "postponed", n: 1, retryInMs: 300, send: 1 };
    expect(attemptOf(tell(once, unsent))).toMatchObject({ st: "CLOSED", cause: "never_sent" });
    const twice = viewOf({ attempts: [attemptIn("DOUBT", { startSends: 2 })] });
    expect(attemptOf(tell(twice, { ...unsent, send: 2 }))).toMatchObject({ st: "DOUBT", startSends: 1 });
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

  it("keeps its resource when another acquire answers late (mutation 18)", () => {
    const view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    const decision = tell(view, acquiredInput({ resourceId: "resource-late" }));
    expect(attemptOf(decision).resourceId).toBe(resourceOf(1));
    expect(decision.noop).toBe(true);
  });
});

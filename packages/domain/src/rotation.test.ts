import { describe, expect, it } from "vitest";
import type { Attempt } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  evidence,
  factOf,
  look,
  queryInput,
  respOf,
  rule,
  sidOf,
  statesOf,
  t0,
  tell,
  viewOf,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Call, Decision, Input } from "./decision.ts";
import { realDurations } from "./durations.ts";
import { plannedRotationAtMs } from "./rotation.ts";

const hourMs = 3_600_000;
const fresh: Partial<Attempt> = { lastAliveAtMs: t0 - 5_000, lastQuerySentAtMs: t0 - 5_000 };

describe("the planned time", () => {
  const plan = { rotateAfterMs: 23 * hourMs, durations: realDurations };
  const uids = Array.from({ length: 2_000 }, (_, i) => 4_000_000_000 + 2 * i);

  it("lies an hour before the life of a recorder ends, ten minutes more or less", () => {
    const times = uids.map((uid) => plannedRotationAtMs(t0, uid, plan) - t0 - 23 * hourMs);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(-600_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(600_000);
  });

  it("is spread: no two minutes of the twenty get three times their share", () => {
    const perMinute = new Map<number, number>();
    for (const uid of uids) {
      const minute = Math.floor(plannedRotationAtMs(t0, uid, plan) / 120_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    expect(Math.max(...perMinute.values())).toBeLessThan(600);
  });

  it("is fixed at the claim, the same in every process", () => {
    const first = attemptOf(look(viewOf()));
    expect(first.rotateAtMs).toBe(plannedRotationAtMs(t0, first.uid, { ...plan, rotateAfterMs: rule.rotateAfterMs }));
    expect(attemptOf(look(viewOf(), { entropy: 1 })).rotateAtMs).toBe(first.rotateAtMs);
  });

  it("stays within the margin of a short life", () => {
    for (const uid of uids) {
      const atMs = plannedRotationAtMs(t0, uid, { rotateAfterMs: 0.75 * hourMs, durations: realDurations });
      expect(atMs - t0).toBeLessThan(0.8 * hourMs);
    }
  });
});

describe("when its time has come", () => {
  const old = attemptIn("CONF", { ...fresh, rotateAtMs: t0 });

  it("a successor is claimed and the old one records on (mutation 16)", () => {
    const decision = look(viewOf({ attempts: [old], resp: 1 }));
    expect(statesOf(decision)).toEqual(["CONF", "CLAIMED"]);
    expect(attemptOf(decision).rotating).toBe(true);
    expect(respOf(decision)).toBe(2);
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
    expect(decision.lifecycle.map((fact) => fact.type)).toEqual(["attempt.rotating", "attempt.claimed"]);
  });

  it("is planned, not a failure: the storm guard does not rise", () => {
    const decision = look(viewOf({ attempts: [old], resp: 1, slot: { backoffStep: 2 } }));
    expect(respOf(decision)).toBe(2);
    expect(decision.record.slots.primary.backoffStep).toBe(2);
    expect(decision.alarms).toEqual([]);
  });

  it("the channel is due at that moment although its poll is later", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF", { rotateAtMs: t0 + 9_000 })], resp: 1 }));
    expect(statesOf(decision)).toEqual(["CONF"]);
    expect(decision.dueAtMs).toBe(t0 + 9_000);
  });

  it("a record of an older version, without a time, is rotated by its claim", () => {
    const claimedAtMs = t0 - rule.rotateAfterMs - 600_000;
    const decision = look(viewOf({ attempts: [attemptIn("CONF", { claimedAtMs })], resp: 1 }));
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
  });

  const rotating = { ...old, rotating: true };

  it.each(["CLAIMED", "READY", "LIVE", "GHOST"] as const)("the old one is kept while its successor is %s", (st) => {
    const window = st === "GHOST" ? { adoptUntilMs: t0 + 9_000 } : {};
    const view = viewOf({ attempts: [rotating, attemptIn(st, { n: 2, ...window })], resp: 2 });
    expect(statesOf(look(view))).toEqual(["CONF", st]);
  });

  it("the old one is stopped as soon as the successor is confirmed", () => {
    const view = viewOf({ attempts: [rotating, attemptIn("LIVE", { n: 2 })], resp: 2 });
    const decision = tell(view, queryInput("alive", { n: 2 }));
    expect(statesOf(decision)).toEqual(["STOPPING", "CONF"]);
    expect(attemptOf(decision).cause).toBe("rotated");
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
  });

  it("the old one is kept when its successor dies, and another one is claimed", () => {
    const view = viewOf({ attempts: [rotating, attemptIn("LIVE", { n: 2 })], resp: 2 });
    const decision = tell(view, queryInput("abnormal", { n: 2 }));
    expect(statesOf(decision)).toEqual(["CONF", "STOPPING", "CLAIMED"]);
    expect(respOf(decision)).toBe(3);
  });

  it("the old one that was suspected and is back does not take over from the successor under way", () => {
    const back = { ...rotating, n404: 1, first404AtMs: t0 - 9_000, last404AtMs: t0 - 9_000 };
    const decision = tell(viewOf({ attempts: [back, attemptIn("READY", { n: 2 })], resp: 2 }), queryInput("alive"));
    expect(respOf(decision)).toBe(2);
    expect(Object.keys(decision.record.attempts)).toHaveLength(2);
  });

  describe("and no worker is to be had for the successor", () => {
    const waiting = attemptIn("CLAIMED", { n: 2, waitingFor: "quota_workers", dueAtMs: t0 + 120_000 });
    const lastWaitMs = rule.rotateAfterMs + 45 * 60_000;
    const since = (ms: number, change: Partial<Attempt> = {}): Attempt => ({
      ...rotating,
      claimedAtMs: t0 - lastWaitMs - ms,
      ...change,
    });
    const at = (old: Attempt, successor = waiting): Decision =>
      look(viewOf({ attempts: [old, successor], resp: 2 }), { rule });

    it("the old one records on until the last quarter of the hour that is left to it, and the channel is due then", () => {
      const decision = at(since(-1));
      expect(statesOf(decision)).toEqual(["CONF", "CLAIMED"]);
      expect(decision.dueAtMs).toBe(t0 + 1);
    });

    it("then it is stopped first: a short gap, told with its cause, and the successor still answers for the slot", () => {
      const decision = at(since(0));
      expect(statesOf(decision)).toEqual(["STOPPING", "CLAIMED"]);
      expect(respOf(decision)).toBe(2);
      expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
      const told = decision.lifecycle.map(({ type, cause, detail }) => [type, cause, detail]);
      expect(told).toEqual([
        ["attempt.stopping", undefined, "rotation_without_worker"],
        ["attempt.lost", "quota_workers", "rotation_without_worker"],
      ]);
      const again = look(after(viewOf({ attempts: [since(0), waiting], resp: 2 }), decision), {
        inFlight: new Set([1]),
      });
      expect(again.lifecycle).toEqual([]);
    });

    it("whoever was marked earlier, by an operator or a changed rule, waits for as long as its life allows", () => {
      expect(statesOf(at(since(-1, { rotateAtMs: t0 - 9 * hourMs })))).toEqual(["CONF", "CLAIMED"]);
    });

    it.each([
      ["requests per second are short", { ...waiting, waitingFor: "quota_requests" as const }],
      ["Agora is out of reach", attemptIn("CLAIMED", { n: 2, retryStep: { ...waiting.retryStep, acquire: 9 } })],
      ["the successor is about to start", attemptIn("READY", { n: 2 })],
    ])("it is not stopped when %s: that would give no worker", (_why, successor) => {
      expect(statesOf(at(since(60_000), successor))[0]).toBe("CONF");
    });

    it("nor while an operator holds starts: nothing would come after it", () => {
      const view = viewOf({ attempts: [since(0), waiting], resp: 2 });
      expect(statesOf(look(view, { control: "holdStarts" }))).toEqual(["CONF", "CLOSED"]);
    });
  });

  it("nothing rotates that is not wanted", () => {
    const decision = look(viewOf({ attempts: [old], resp: 1, presence: { count: 0, hosts: 0, emptySinceMs: 1 } }));
    expect(statesOf(decision)).toEqual(["STOPPING"]);
  });
});

describe("a changed rule", () => {
  const changed = { ...rule, hash: "rule-2" };
  const old = attemptIn("CONF", { ...fresh, rotateAtMs: t0 + 9 * hourMs });

  it.each([true, false])("is a rotation within one poll, spread by uid (old rule known: %s)", (knows) => {
    const context = { rule: changed, knowsRule: (hash: string) => knows || hash === changed.hash };
    const view = viewOf({ attempts: [old], resp: 1 });
    const noticed = look(view, context);
    const { rotateAtMs = 0 } = attemptOf(noticed);
    expect(rotateAtMs).toBeLessThanOrEqual(t0 + realDurations.pollMs);
    expect(noticed.dueAtMs).toBe(rotateAtMs);
    const later = decide(after(view, noticed), { kind: "look" }, contextAt(rotateAtMs, context));
    expect(attemptOf(later).rotating).toBe(true);
    expect(attemptOf(later, 2)).toMatchObject({ st: "CLAIMED", ruleHash: "rule-2" });
  });

  it("waits for the end of the processes with other rules, which would else take turns with us", () => {
    const decision = look(viewOf({ attempts: [old], resp: 1 }), { rule: changed, otherRulesAlive: true });
    expect(attemptOf(decision)).toEqual(old);
  });
});

describe("an operator's order", () => {
  it("rotates the attempt that it names, at once", () => {
    const view = viewOf({ attempts: [attemptIn("CONF", fresh)], resp: 1, facts: [factOf("rotate")] });
    const decision = look(view);
    expect(statesOf(decision)).toEqual(["CONF", "CLAIMED"]);
    expect(attemptOf(decision).rotating).toBe(true);
  });

  it("about an attempt that is over changes nothing", () => {
    const attempts = [attemptIn("CLOSED"), attemptIn("CONF", { n: 2, ...fresh })];
    const decision = look(viewOf({ attempts, resp: 2, facts: [factOf("rotate")] }));
    expect(statesOf(decision)).toEqual(["CLOSED", "CONF"]);
    expect(attemptOf(decision, 2).rotating).toBe(false);
  });
});

/** Agora at its best: each call is answered at once, and a recorder ends with its token, 24 h after its claim. */
function answer(call: Call, decision: Decision, nowMs: number): Input {
  const answered = { n: call.n, sentAtMs: nowMs, answeredAtMs: nowMs };
  const resourceId = `r-${call.n}`;
  switch (call.call) {
    case "acquire":
      return { kind: "acquire", ...answered, answer: { ...evidence, outcome: "ok", resourceId } };
    case "start": {
      const { send } = call;
      return {
        kind: "start",
        ...answered,
        resourceId,
        send,
        answer: { ...evidence, outcome: "ok", sid: `s-${call.n}` },
      };
    }
    case "query": {
      const { claimedAtMs, stopAckAtMs } = attemptOf(decision, call.n);
      const isGone = stopAckAtMs !== undefined || nowMs >= claimedAtMs + 24 * hourMs;
      const seen = isGone ? { outcome: "notFound" as const } : { outcome: "alive" as const, status: 5 };
      return { kind: "query", ...answered, sid: call.sid, answer: { ...evidence, ...seen } };
    }
    case "stop":
      return { kind: "stop", ...answered, sid: call.sid, answer: { ...evidence, outcome: "done" } };
  }
}

describe("six weeks in one channel", () => {
  it("are recorded without a gap, no uid comes twice, and old attempts are forgotten", () => {
    // Looked at each half hour, so that the test takes a moment; between the looks nothing happens here.
    const durations = { ...realDurations, pollMs: 1_800_000 };
    let view = viewOf();
    let nowMs = t0;
    const uids: number[] = [];
    let rowsMax = 0;
    let liveMin = Infinity;
    while (nowMs < t0 + 42 * 24 * hourMs) {
      const inputs: Input[] = [{ kind: "look" }];
      let dueAtMs = nowMs + 1;
      for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
        const inFlight = new Set(inputs.flatMap((each) => (each.kind === "look" ? [] : [each.n])));
        const decision = decide(view, input, contextAt(nowMs, { inFlight, durations }));
        view = after(view, decision);
        dueAtMs = decision.dueAtMs ?? dueAtMs;
        for (const call of decision.calls) {
          if (call.call === "acquire") uids.push(attemptOf(decision, call.n).uid);
          inputs.push(answer(call, decision, nowMs));
        }
      }
      const rows = Object.values(view.record.attempts);
      const isAlive = (a: Attempt): boolean => nowMs < a.claimedAtMs + 24 * hourMs;
      const live = rows.filter((a) => (a.st === "LIVE" || a.st === "CONF") && isAlive(a)).length;
      liveMin = Math.min(liveMin, live);
      rowsMax = Math.max(rowsMax, rows.length);
      nowMs = Math.max(dueAtMs, nowMs + 1);
    }
    expect(liveMin).toBe(1);
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids.length).toBeGreaterThanOrEqual(43);
    expect(uids.length).toBeLessThanOrEqual(46);
    expect(rowsMax).toBeLessThanOrEqual(4);
  });
});

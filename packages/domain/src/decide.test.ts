import { describe, expect, it } from "vitest";
import type { Attempt } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  emptySlot,
  evidence,
  factOf,
  look,
  queryInput,
  resourceOf,
  respOf,
  rule,
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
import type { Decision, Input } from "./decision.ts";
import { tombstoneMs } from "./waits.ts";

describe("facts that others have left", () => {
  it.each(["READY", "GHOST"] as const)("give a %s its sid (mutation 23)", (st) => {
    const decision = look(
      viewOf({ attempts: [attemptIn(st, { adoptUntilMs: t0 + 1 })], resp: 1, facts: [factOf("sid")] }),
    );
    expect(attemptOf(decision)).toMatchObject({ st: "LIVE", sid: sidOf(1) });
    expect(respOf(decision)).toBe(1);
  });

  it.each(["DOUBT", "CLOSED"] as const)("make a %s a surplus recorder that is looked at now (mutation 23)", (st) => {
    const successor = attemptIn("LIVE", { n: 2 });
    const proofs = st === "CLOSED" ? { n404: 4, stopAckAtMs: t0 - 9_000, last404AtMs: t0 - 5_000 } : {};
    const attempts = [attemptIn(st, proofs), successor];
    const decision = look(viewOf({ attempts, resp: 2, facts: [factOf("sid", { sid: "sid-late" })] }));
    expect(attemptOf(decision)).toMatchObject({ st: "LIVE", sid: "sid-late", n404: 0 });
    expect(attemptOf(decision).stopAckAtMs).toBeUndefined();
    expect(attemptOf(decision).closedAtMs).toBeUndefined();
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: "sid-late" }]);
    expect(respOf(decision)).toBe(2);
  });

  it("stop a recorder whose start came too late, once it is named (mutation 23)", () => {
    const attempts = [attemptIn("DOUBT")];
    const view = viewOf({ attempts, want: wantOff, presence: emptyFor(200_000), facts: [factOf("sid")] });
    const decision = look(view);
    expect(attemptOf(decision).st).toBe("STOPPING");
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
  });

  it.each(["READY", "LIVE", "CONF", "GHOST", "DOUBT"] as const)(
    "end a %s whose stop was accepted (mutation 42)",
    (st) => {
      const decision = look(viewOf({ attempts: [attemptIn(st)], resp: 1, facts: [factOf("stopAccepted")] }));
      expect(attemptOf(decision)).toMatchObject({
        st: "STOPPING",
        sid: sidOf(1),
        stopAckAtMs: t0,
        dueAtMs: t0 + 30_000,
      });
      expect(respOf(decision)).toBe(2);
    },
  );

  it("are written even when the row is gone: a surplus recorder, looked at now (mutation 24)", () => {
    const decision = look(viewOf({ facts: [factOf("sid", { n: 3, uid: 4_111_111_110 })] }));
    expect(attemptOf(decision, 3)).toMatchObject({
      st: "LIVE",
      uid: 4_111_111_110,
      resourceId: resourceOf(3),
      sid: sidOf(3),
    });
    expect(respOf(decision)).toBe(3);
    expect(decision.calls).toEqual([{ call: "query", n: 3, sid: sidOf(3) }]);
  });

  it("without a row are stopped when nothing is wanted (mutation 24)", () => {
    const decision = look(viewOf({ want: wantOff, presence: emptyFor(9_000), facts: [factOf("sid")] }));
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
  });

  it("of an attempt whose number was given anew get a number of their own, once (mutation 24)", () => {
    const facts = [
      factOf("sid", { resourceId: "resource-old", sid: "sid-old" }),
      factOf("stopAccepted", { resourceId: "resource-old", sid: "sid-old" }),
    ];
    const decision = look(viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1, facts }));
    expect(statesOf(decision)).toEqual(["CLAIMED", "STOPPING"]);
    expect(attemptOf(decision, 2)).toMatchObject({ sid: "sid-old", resourceId: "resource-old", stopAckAtMs: t0 });
    const again = look(after(viewOf(), decision, { facts }));
    expect(statesOf(again)).toEqual(["CLAIMED", "STOPPING"]);
  });

  it("about a claim are never applied to it: it has no resource yet", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1, facts: [factOf("sid")] }));
    expect(attemptOf(decision).st).toBe("CLAIMED");
    expect(attemptOf(decision, 2).st).toBe("LIVE");
  });

  it("without a sid or a resource change nothing", () => {
    const { sid: _, ...nameless } = factOf("stopAccepted");
    const { resourceId: __, ...homeless } = factOf("sid");
    const view = viewOf({ attempts: [attemptIn("DOUBT")], resp: 0, slot: { nextClaimAtMs: t0 + 1 } });
    expect(statesOf(look({ ...view, facts: [nameless, homeless] }))).toEqual(["DOUBT"]);
  });

  it("name new uids once, and those of another sid not at all (mutation 31)", () => {
    const newUid = factOf("newUid", { newUid: 4_222_222_222 });
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, facts: [newUid, newUid] }));
    expect(attemptOf(decision).knownUids).toEqual([attemptIn("CONF").uid, 4_222_222_222]);
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
    const foreign = factOf("newUid", { newUid: 4_222_222_222, sid: "sid-other" });
    const kept = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, facts: [foreign] }));
    expect(attemptOf(kept).knownUids).toHaveLength(1);
  });

  it("propose a sid for a ghost, unless another attempt has it (mutation 29)", () => {
    const ghost = attemptIn("GHOST", { adoptUntilMs: t0 + 5_000 });
    const other = attemptIn("STOPPING", { n: 2 });
    const proposed = factOf("candidateSid", { sid: "sid-c" });
    const decision = look(viewOf({ attempts: [ghost, other], resp: 1, facts: [proposed] }));
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: "sid-c" }]);
    const taken = look(
      viewOf({ attempts: [ghost, other], resp: 1, facts: [factOf("candidateSid", { sid: sidOf(2) })] }),
    );
    expect(attemptOf(taken).candidateSid).toBeUndefined();
  });
});

describe("late answers", () => {
  it("of a start make a closed attempt live, never forgotten", () => {
    const view = viewOf({ attempts: [attemptIn("CLOSED")], want: wantOff, presence: emptyFor(1_000) });
    const decision = tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }));
    expect(attemptOf(decision).st).toBe("STOPPING");
  });

  it.each<[string, Input]>([
    ["of an attempt that is gone", queryInput("alive", { n: 9 })],
    ["about another sid", queryInput("alive", { sid: "sid-other" })],
    ["about another resource", startInput({ ...evidence, outcome: "started" }, { resourceId: "other" })],
    ["that a state has no cell for", stopInput("notFound")],
  ])("%s are counted as no-ops and change nothing", (_, input) => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    const decision = tell(view, input);
    expect(decision.noop).toBe(true);
    expect(decision.record).toEqual(view.record);
  });

  it("that repeat an earlier one bring no further call", () => {
    const view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    const input = startInput({ ...evidence, outcome: "ok", sid: sidOf(1) });
    const once = tell(view, input);
    const twice = tell(after(view, once), input);
    expect([twice.calls, twice.record]).toEqual([[], once.record]);
  });
});

describe("a reason to look", () => {
  it.each(["LIVE", "CONF"] as const)("makes a %s due whose last query was sent before it", (st) => {
    const asked = attemptIn(st, { lastQuerySentAtMs: t0 - 10 });
    const at = (lookAtMs: number): number => look(viewOf({ attempts: [asked], resp: 1, lookAtMs })).calls.length;
    expect([at(t0 - 9), at(t0 - 10)]).toEqual([1, 0]);
  });

  it("is answered by a query and not by an answer that was sent before it", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1, lookAtMs: t0 - 50 });
    expect(tell(view, queryInput("alive", { sentAtMs: t0 - 51 })).calls).toHaveLength(1);
    expect(tell(view, queryInput("alive", { sentAtMs: t0 - 50 })).calls).toHaveLength(0);
  });

  it("is not an end: a recorder whose uid left the channel is asked, not closed (mutation 30)", () => {
    const conf = attemptIn("CONF");
    const reservedUids = new Map([[conf.uid, { online: false }]]);
    const decision = look(viewOf({ attempts: [conf], resp: 1, lookAtMs: t0, reservedUids }));
    expect(statesOf(decision)).toEqual(["CONF"]);
    expect(respOf(decision)).toBe(1);
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
  });

  it("says that a doubt runs when its uid is in the channel", () => {
    const doubt = attemptIn("DOUBT");
    const reservedUids = new Map([[doubt.uid, { online: true }]]);
    const decision = look(viewOf({ attempts: [doubt], want: wantOff, presence: emptyFor(1), reservedUids }));
    expect(attemptOf(decision).st).toBe("GHOST");
  });

  it("says so even when its rule is not known here", () => {
    const doubt = attemptIn("DOUBT");
    const reservedUids = new Map([[doubt.uid, { online: true }]]);
    const view = viewOf({ attempts: [doubt], want: wantOff, presence: emptyFor(1), reservedUids });
    expect(attemptOf(look(view, { knowsRule: () => false })).st).toBe("GHOST");
  });
});

describe("a rule that this process does not know", () => {
  it.each([
    ["CLAIMED", "CLOSED"],
    ["READY", "DOUBT"],
    ["LIVE", "LIVE"],
    ["CONF", "CONF"],
  ] as const)("turns %s into %s", (st, next) => {
    const decision = look(viewOf({ attempts: [attemptIn(st)], resp: 1 }), { knowsRule: (hash) => hash !== rule.hash });
    expect(attemptOf(decision).st).toBe(next);
  });
});

describe("the storm guard", () => {
  function dieAndClaim(slot: Partial<Attempt> & { backoffStep: number }): Decision {
    const attempts = [attemptIn("LIVE")];
    return tell(viewOf({ attempts, resp: 1, slot: { backoffStep: slot.backoffStep } }), queryInput("abnormal"));
  }

  it("waits 0, 5, 15, 30, 60, then 60 s before the claims that replace what died", () => {
    const waits = [0, 1, 2, 3, 4, 5].map((backoffStep) => {
      const { resp, nextClaimAtMs } = dieAndClaim({ backoffStep }).record.slots.primary;
      return resp === 2 ? 0 : nextClaimAtMs - t0;
    });
    expect(waits).toEqual([0, 5_000, 15_000, 30_000, 60_000, 60_000]);
  });

  it("rises with each replacing claim, and stays at its last step", () => {
    const steps = [0, 1, 4].map((backoffStep) => {
      const view = viewOf({ slot: { backoffStep, nextClaimAtMs: t0 - 1 } });
      return look(view).record.slots.primary.backoffStep;
    });
    expect(steps).toEqual([1, 2, 4]);
  });

  it("does not rise with a first claim", () => {
    expect(look(viewOf({ want: wantOff })).record.slots.primary.backoffStep).toBe(0);
  });

  it("is over whenever want goes on", () => {
    const decision = look(viewOf({ want: wantOff, slot: { backoffStep: 4, nextClaimAtMs: t0 + 60_000 } }));
    expect(decision.record.slots.primary).toMatchObject({ backoffStep: 0, resp: 1 });
  });

  it("is over when the responsible recorder has been confirmed for 120 s, even if it ends just now", () => {
    const step = (confAtMs: number, input: Input): number => {
      const attempts = [attemptIn("CONF", { confAtMs })];
      return tell(viewOf({ attempts, resp: 1, slot: { backoffStep: 3 } }), input).record.slots.primary.backoffStep;
    };
    expect(step(t0 - 119_999, { kind: "look" })).toBe(3);
    expect(step(t0 - 120_000, { kind: "look" })).toBe(0);
    // The claim that replaces it at once is the first of a new count.
    expect(step(t0 - 120_000, queryInput("abnormal"))).toBe(1);
  });
});

describe("a blocked slot", () => {
  const blocked = { blockedUntilMs: t0 + 600_000, blockedCause: "start never (400/2)", blockedRuleHash: rule.hash };

  it("claims nothing", () => {
    const decision = look(viewOf({ slot: blocked }));
    expect([statesOf(decision), decision.dueAtMs]).toEqual([[], t0 + 600_000]);
  });

  it("stays blocked when people leave and come back", () => {
    expect(statesOf(look(viewOf({ want: wantOff, slot: blocked })))).toEqual([]);
  });

  it("is free as soon as the rule changes", () => {
    const decision = look(viewOf({ slot: blocked }), { rule: { ...rule, hash: "rule-2" } });
    expect(statesOf(decision)).toEqual(["CLAIMED"]);
    const { blockedUntilMs, blockedCause, blockedRuleHash } = decision.record.slots.primary;
    expect([blockedUntilMs, blockedCause, blockedRuleHash]).toEqual([undefined, undefined, undefined]);
  });
});

describe("the due time", () => {
  it("is the earliest of all that waits", () => {
    const attempts = [attemptIn("CONF", { dueAtMs: t0 + 900 }), attemptIn("DOUBT", { n: 2, dueAtMs: t0 + 800 })];
    expect(look(viewOf({ attempts, resp: 1 })).dueAtMs).toBe(t0 + 800);
  });

  it("leaves out what is under way", () => {
    const attempts = [attemptIn("CONF", { dueAtMs: t0 - 1 }), attemptIn("DOUBT", { n: 2, dueAtMs: t0 + 800 })];
    const decision = look(viewOf({ attempts, resp: 1 }), { inFlight: new Set([1]) });
    expect([decision.calls, decision.dueAtMs]).toEqual([[], t0 + 800]);
  });

  it("is the end of the tombstones when nothing is open", () => {
    expect(look(viewOf({ attempts: [attemptIn("CLOSED")], want: wantOff, presence: emptyFor(1) })).dueAtMs).toBe(
      t0 + tombstoneMs,
    );
  });

  it("puts starts and acquires before everything else", () => {
    const attempts = [attemptIn("STOPPING", { dueAtMs: t0 }), attemptIn("READY", { n: 2, dueAtMs: t0 })];
    const calls = look(viewOf({ attempts, resp: 2 })).calls.map((call) => call.call);
    expect(calls).toEqual(["start", "stop"]);
  });

  it("of a recording row without a sid, which no input makes, is not now for ever", () => {
    const { sid: _, ...nameless } = attemptIn("STOPPING", { dueAtMs: t0 - 1 });
    const decision = look(viewOf({ attempts: [nameless], want: wantOff, presence: emptyFor(1) }));
    expect([decision.calls, decision.dueAtMs]).toEqual([[], t0 + 60_000]);
  });
});

describe("forgetting", () => {
  const old = { closedAtMs: t0 - tombstoneMs - 1, session: "s_old" };
  const session = {
    id: "s_old",
    openedAtMs: t0 - 2 * tombstoneMs,
    closedAtMs: t0 - tombstoneMs - 1,
    cause: "occupied",
  };

  it("drops closed attempts after the tombstone time, with their sessions, but never the newest number", () => {
    const attempts = [attemptIn("CLOSED", old), attemptIn("CLOSED", { ...old, n: 2, session: "s_2" })];
    const view = viewOf({ attempts, want: wantOff, presence: emptyFor(1), slot: { nextK: 2 } });
    const record = { ...view.record, sessions: { s_old: session, s_2: { ...session, id: "s_2" } } };
    const decision = look({ ...view, record });
    expect(Object.keys(decision.record.attempts)).toEqual(["2"]);
    expect(Object.keys(decision.record.sessions)).toEqual(["s_2"]);
    expect(decision.record.slots.primary).toEqual({ ...emptySlot, nextK: 2 });
  });

  it("keeps what is younger and what is open, however old", () => {
    const attempts = [
      attemptIn("CLOSED", { closedAtMs: t0 - tombstoneMs }),
      attemptIn("STOPPING", { n: 2, claimedAtMs: t0 - 3 * tombstoneMs }),
      attemptIn("CLOSED", { n: 3 }),
    ];
    const decision = look(viewOf({ attempts, want: wantOff, presence: emptyFor(1) }));
    expect(Object.keys(decision.record.attempts)).toEqual(["1", "2", "3"]);
  });
});

describe("a decision", () => {
  it("does not change what it was given", () => {
    const view = viewOf({ attempts: [attemptIn("CONF", { n404: 2 }), attemptIn("READY", { n: 2 })], resp: 1 });
    const copy = structuredClone(view);
    decide(view, queryInput("notFound"), contextAt());
    expect(view).toEqual(copy);
  });
});

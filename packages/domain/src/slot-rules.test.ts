import { describe, expect, it } from "vitest";
import {
  after,
  acquiredInput,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  look,
  queryInput,
  resourceOf,
  respOf,
  rule,
  seed,
  sidOf,
  startInput,
  evidence,
  statesOf,
  t0,
  tell,
  viewOf,
  wantOff,
  wantOn,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import { recorderUid } from "./recorder-uid.ts";

const long = emptyFor(600_000);

describe("P1: nothing is wanted any more", () => {
  it("closes an attempt that has only been claimed", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1, presence: long }));
    expect(attemptOf(decision)).toMatchObject({ st: "CLOSED", cause: "not_wanted", closedAtMs: t0 });
  });

  it("I4: doubts a READY attempt, whose start somebody may have sent (mutation 2)", () => {
    const decision = look(viewOf({ attempts: [attemptIn("READY")], resp: 1, presence: long }));
    expect(attemptOf(decision).st).toBe("DOUBT");
  });

  it("closes a READY attempt that no commit has announced", () => {
    const unannounced = attemptIn("READY", { startSends: 0 });
    const decision = look(viewOf({ attempts: [unannounced], resp: 1, presence: long }));
    expect(attemptOf(decision).st).toBe("CLOSED");
  });

  it.each(["LIVE", "CONF"] as const)("stops a recorder that is %s, at once", (st) => {
    const decision = look(viewOf({ attempts: [attemptIn(st)], resp: 1, presence: long }));
    expect(attemptOf(decision).st).toBe("STOPPING");
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
  });

  it.each(["GHOST", "DOUBT", "STOPPING"] as const)("leaves %s as it is", (st) => {
    const decision = look(viewOf({ attempts: [attemptIn(st)], resp: 1, presence: long }));
    expect(attemptOf(decision).st).toBe(st);
  });

  it("leaves no attempt responsible, of either slot", () => {
    const attempts = [attemptIn("CONF"), attemptIn("CONF", { n: 2, slot: "secondary" })];
    const decision = look(viewOf({ attempts, resp: 1, secondary: { resp: 2 }, presence: long }));
    expect([respOf(decision), respOf(decision, "secondary")]).toEqual([0, 0]);
    expect(statesOf(decision)).toEqual(["STOPPING", "STOPPING"]);
  });

  it("ends a slot that the rule no longer asks for", () => {
    const first = attemptIn("CONF", { lastAliveAtMs: t0, lastQuerySentAtMs: t0 });
    const attempts = [first, attemptIn("CONF", { n: 2, slot: "secondary" })];
    const decision = look(viewOf({ attempts, resp: 1, secondary: { resp: 2 } }));
    expect(statesOf(decision)).toEqual(["CONF", "STOPPING"]);
    expect(respOf(decision, "secondary")).toBe(0);
  });
});

describe("P2: capture that cannot be seen any more is reaped", () => {
  it.each(["LIVE", "CONF"] as const)(
    "stops a recorder that is %s after two spaced 404s and covers it (mutations 6, 9)",
    (st) => {
      const decision = look(viewOf({ attempts: [attemptIn(st, { n404: 2 })], resp: 1 }));
      expect(attemptOf(decision)).toMatchObject({ st: "STOPPING", cause: "not_found", n404: 2 });
      expect(attemptOf(decision, 2).st).toBe("CLAIMED");
      expect(respOf(decision)).toBe(2);
    },
  );

  it.each(["ending", "abnormal"] as const)(
    "stops, never closes, a recorder that answers that it is %s (mutation 9)",
    (outcome) => {
      const decision = tell(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), queryInput(outcome));
      expect(attemptOf(decision).st).toBe("STOPPING");
      expect(decision.calls).toContainEqual({ call: "stop", n: 1, sid: sidOf(1) });
      expect(respOf(decision)).toBe(2);
    },
  );

  it("replaces a recorder that still starts after the confirm limit, not one at the limit", () => {
    const at = (liveAtMs: number): string => {
      const attempts = [attemptIn("LIVE", { liveAtMs })];
      return attemptOf(tell(viewOf({ attempts, resp: 1 }), queryInput("starting"))).st;
    };
    expect(at(t0 - 90_000)).toBe("LIVE");
    expect(at(t0 - 90_001)).toBe("STOPPING");
  });

  it("never takes a starting recorder that was confirmed once for one that never came up", () => {
    const attempts = [attemptIn("CONF", { liveAtMs: t0 - 1_000_000 })];
    expect(attemptOf(tell(viewOf({ attempts, resp: 1 }), queryInput("starting"))).st).toBe("CONF");
  });
});

describe("P3: a confirmed responsible attempt ends its surplus", () => {
  const fresh = attemptIn("CONF", { lastAliveAtMs: t0 - 10_000, lastQuerySentAtMs: t0 - 10_000 });
  const stale = attemptIn("CONF", { lastAliveAtMs: t0 - 10_001, lastQuerySentAtMs: t0 - 10_001 });

  it("stops a surplus recorder when the responsible one was alive within freshMs", () => {
    const decision = look(viewOf({ attempts: [fresh, attemptIn("CONF", { n: 2 })], resp: 1 }));
    expect(statesOf(decision)).toEqual(["CONF", "STOPPING"]);
  });

  it("asks the responsible one first when its evidence is older (mutation 15)", () => {
    const decision = look(viewOf({ attempts: [stale, attemptIn("CONF", { n: 2 })], resp: 1 }));
    expect(statesOf(decision)).toEqual(["CONF", "CONF"]);
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
  });

  it("does not ask at once again when that query was not answered: no loop", () => {
    const view = viewOf({ attempts: [stale, attemptIn("CONF", { n: 2 })], resp: 1 });
    const decision = tell(view, queryInput("unknown"));
    expect(decision.calls).toEqual([]);
    expect(attemptOf(decision).dueAtMs).toBe(t0 + 5_000);
  });

  it("does not ask at once again when that query had to be put off: no loop", () => {
    const view = viewOf({ attempts: [stale, attemptIn("CONF", { n: 2 })], resp: 1, lookAtMs: t0 });
    const decision = tell(view, { kind: "postponed", n: 1, retryInMs: 400 });
    expect(decision.calls.filter((call) => call.n === 1)).toEqual([]);
    expect(attemptOf(decision).dueAtMs).toBe(t0 + 400);
  });

  it("closes surplus claims, doubts surplus starts, takes a ghost's window, leaves doubts (mutation 13)", () => {
    const attempts = [
      fresh,
      attemptIn("CLAIMED", { n: 2 }),
      attemptIn("READY", { n: 3 }),
      attemptIn("GHOST", { n: 4, adoptUntilMs: t0 + 9_000 }),
      attemptIn("DOUBT", { n: 5 }),
    ];
    const decision = look(viewOf({ attempts, resp: 1 }));
    expect(statesOf(decision)).toEqual(["CONF", "CLOSED", "DOUBT", "GHOST", "DOUBT"]);
    expect(attemptOf(decision, 4).adoptUntilMs).toBeUndefined();
  });

  it.each([
    ["is suspected", { n404: 1 }],
    ["rotates", { rotating: true }],
  ])("spares the surplus while the responsible one %s", (_, change) => {
    const responsible = { ...fresh, ...change };
    const surplus = attemptIn("CLAIMED", { n: 2 });
    const view = viewOf({ attempts: [responsible, surplus], resp: 1 });
    expect(attemptOf(look(view), 2).st).toBe("CLAIMED");
  });

  it("spares the surplus while the responsible one is not confirmed", () => {
    const view = viewOf({ attempts: [attemptIn("LIVE"), attemptIn("CONF", { n: 2 })], resp: 1 });
    expect(statesOf(look(view))).toEqual(["LIVE", "CONF"]);
  });
});

describe("P4: a suspected recorder that comes back", () => {
  const back = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 40_000, last404AtMs: t0 - 40_000 });

  it.each(["CLAIMED", "READY", "LIVE"] as const)("takes over from a successor that is only %s", (st) => {
    const decision = tell(viewOf({ attempts: [back, attemptIn(st, { n: 2 })], resp: 2 }), queryInput("alive"));
    expect(respOf(decision)).toBe(1);
    const ends = { CLAIMED: "CLOSED", READY: "DOUBT", LIVE: "STOPPING" } as const;
    expect(attemptOf(decision, 2).st).toBe(ends[st]);
  });

  it("I2: stays surplus when its successor is confirmed, even while that one has to be asked (mutation 41)", () => {
    const successor = attemptIn("CONF", { n: 2, lastAliveAtMs: t0 - 60_000, lastQuerySentAtMs: t0 - 60_000 });
    const decision = tell(viewOf({ attempts: [back, successor], resp: 2 }), queryInput("alive"));
    expect(respOf(decision)).toBe(2);
    expect(statesOf(decision)).toEqual(["CONF", "CONF"]);
    expect(decision.calls).toEqual([{ call: "query", n: 2, sid: sidOf(2) }]);
  });

  it("is not made responsible for having answered without ever having been suspected", () => {
    const quiet = attemptIn("CONF");
    const view = viewOf({ attempts: [quiet, attemptIn("LIVE", { n: 2 })], resp: 2 });
    expect(respOf(tell(view, queryInput("alive")))).toBe(2);
  });

  it("keeps its place when it comes back before it is covered", () => {
    const decision = tell(viewOf({ attempts: [back], resp: 1 }), queryInput("alive"));
    expect(respOf(decision)).toBe(1);
    expect(attemptOf(decision)).toMatchObject({ st: "CONF", n404: 0 });
    expect(attemptOf(decision).first404AtMs).toBeUndefined();
    expect(statesOf(decision)).toEqual(["CONF"]);
  });
});

describe("P5: who cannot answer for the slot is dismissed in the same decision", () => {
  it.each([
    ["a doubt", attemptIn("DOUBT")],
    ["a stopping one", attemptIn("STOPPING")],
    ["a closed one", attemptIn("CLOSED")],
    ["one that nobody can control", attemptIn("CONF", { controlLost: true })],
    ["a rotating one", attemptIn("CONF", { rotating: true })],
    ["a ghost without a window", attemptIn("GHOST")],
    ["a ghost whose window has passed", attemptIn("GHOST", { adoptUntilMs: t0 })],
  ])("dismisses %s and claims the next (mutation 12)", (_, attempt) => {
    const decision = look(viewOf({ attempts: [attempt], resp: 1 }));
    expect(respOf(decision)).toBe(2);
    expect(attemptOf(decision, 2).st).toBe("CLAIMED");
  });

  it("ends nothing for one that nobody can control: another that records goes on in its place", () => {
    const attempts = [attemptIn("CONF", { controlLost: true, lastAliveAtMs: t0 }), attemptIn("CONF", { n: 2 })];
    const decision = look(viewOf({ attempts, resp: 1 }));
    expect(respOf(decision)).toBe(2);
    expect(attemptOf(decision, 2).st).toBe("CONF");
  });

  it("waits for a ghost whose window is open, until the window ends (mutation 12)", () => {
    const decision = look(viewOf({ attempts: [attemptIn("GHOST", { adoptUntilMs: t0 + 1, dueAtMs: t0 })], resp: 1 }));
    expect(respOf(decision)).toBe(1);
    expect(decision.dueAtMs).toBe(t0 + 1);
  });

  it("dismisses a number that no attempt has", () => {
    expect(respOf(look(viewOf({ attempts: [attemptIn("DOUBT")], resp: 7 })))).toBe(2);
  });

  it("leaves capture where it is while a 404 is younger than coverAfterMs", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 30_000, last404AtMs: t0 - 30_000 });
    const view = viewOf({ attempts: [suspected], resp: 1 });
    expect(respOf(tell(view, queryInput("notFound", { sentAtMs: t0 - 1 })))).toBe(1);
  });

  it("moves capture when another 404 was sent coverAfterMs after the first was answered", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 30_000, last404AtMs: t0 - 30_000 });
    const decision = tell(viewOf({ attempts: [suspected], resp: 1 }), queryInput("notFound", { sentAtMs: t0 }));
    expect(respOf(decision)).toBe(2);
    expect(statesOf(decision)).toEqual(["CONF", "CLAIMED"]);
  });
});

describe("P6: a recorder that lives is better than a new one", () => {
  it("promotes a surplus recorder and asks it now", () => {
    const view = viewOf({ attempts: [attemptIn("DOUBT"), attemptIn("LIVE", { n: 2 })], resp: 1 });
    const decision = look(view);
    expect(respOf(decision)).toBe(2);
    expect(decision.calls).toEqual([{ call: "query", n: 2, sid: sidOf(2) }]);
  });

  it("prefers a confirmed one", () => {
    const attempts = [attemptIn("LIVE"), attemptIn("CONF", { n: 2 })];
    expect(respOf(look(viewOf({ attempts })))).toBe(2);
  });

  it.each([
    ["suspected", { n404: 1 }],
    ["rotating", { rotating: true }],
    ["out of control", { controlLost: true }],
  ])("passes over one that is %s", (_, change) => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF", change)] }));
    expect(respOf(decision)).toBe(2);
  });

  it("never turns a stop back (mutation 10)", () => {
    const decision = look(viewOf({ attempts: [attemptIn("STOPPING")], want: wantOff }));
    expect(statesOf(decision)).toEqual(["STOPPING", "CLAIMED"]);
    expect(respOf(decision)).toBe(2);
  });
});

describe("P7: the next attempt", () => {
  it("is claimed beside a stop that is under way, at once, with another uid (mutation 11)", () => {
    const view = viewOf({ attempts: [attemptIn("STOPPING", { dueAtMs: t0 })], want: wantOff });
    const decision = decide(view, { kind: "look" }, contextAt(t0, { inFlight: new Set([1]) }));
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
    expect(attemptOf(decision, 2).uid).not.toBe(attemptOf(decision, 1).uid);
    expect(attemptOf(decision, 2).session).toBe(decision.record.want.sessionId);
    expect(attemptOf(decision, 2).session).not.toBe("s_1");
  });

  it("has number n + 1, uid k + 1, and fixes what its token and rule say", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CLOSED")], slot: { nextK: 1 } }), { entropy: 99 });
    expect(attemptOf(decision, 2)).toMatchObject({
      n: 2,
      k: 1,
      uid: recorderUid(seed, "primary", 1),
      st: "CLAIMED",
      tokenSalt: 99,
      tokenIssuedAtS: t0 / 1_000,
      ruleHash: rule.hash,
      coverAfterMs: rule.coverAfterMs,
      startSends: 0,
    });
    expect(decision.record.slots.primary).toMatchObject({ resp: 2, nextK: 2 });
  });

  it("I1: skips every uid that was ever seen or used here (mutation 34)", () => {
    const uid = (k: number): number => recorderUid(seed, "primary", k);
    const reservedUids = new Map([
      [uid(0), { online: false }],
      [uid(1), { online: true }],
    ]);
    const decision = look(viewOf({ reservedUids }));
    expect(attemptOf(decision)).toMatchObject({ k: 2, uid: uid(2) });
    expect(decision.record.slots.primary.nextK).toBe(3);
  });

  it("skips a uid that an attempt has, even one that came to its recorder by migration (mutation 34)", () => {
    const uid = (k: number): number => recorderUid(seed, "primary", k);
    const attempts = [attemptIn("STOPPING", { knownUids: [uid(0), uid(1)] })];
    const decision = look(viewOf({ attempts, slot: { nextK: 0 }, reservedUids: new Map() }));
    expect(attemptOf(decision, 2).k).toBe(2);
  });

  it("claims for each slot of the rule with uids of its own parity (mutation 34)", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    const decision = look(view, { rule: { ...rule, slots: ["primary", "secondary"] } });
    expect([attemptOf(decision, 1).uid % 2, attemptOf(decision, 2).uid % 2]).toEqual([0, 1]);
    expect([respOf(decision), respOf(decision, "secondary")]).toEqual([1, 2]);
  });

  it("waits for the storm guard", () => {
    const decision = look(viewOf({ slot: { nextClaimAtMs: t0 + 5_000 } }));
    expect(statesOf(decision)).toEqual([]);
    expect(decision.dueAtMs).toBe(t0 + 5_000);
  });

  it("raises an alarm at the fourth open attempt and claims all the same", () => {
    const attempts = [1, 2, 3].map((n) => attemptIn("GHOST", { n }));
    const decision = look(viewOf({ attempts }));
    expect(attemptOf(decision, 4).st).toBe("CLAIMED");
    expect(decision.alarms.map((alarm) => alarm.alarm)).toEqual(["four_open_attempts"]);
  });

  it("takes the next uid at once, without raising the storm guard, when somebody has the uid before READY", () => {
    const claimed = attemptIn("CLAIMED");
    const reservedUids = new Map([[claimed.uid, { online: true }]]);
    const decision = tell(viewOf({ attempts: [claimed], resp: 1, reservedUids }), acquiredInput());
    expect(attemptOf(decision)).toMatchObject({ st: "CLOSED", cause: "uid_clash" });
    expect(attemptOf(decision).resourceId).toBeUndefined();
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
    expect(decision.record.slots.primary.backoffStep).toBe(0);
  });
});

describe("P8: what nobody can ask is gone when even the last start would have idled out", () => {
  const horizonMs = 450_000;
  const deadAtMs = t0 - 1_000_000;

  it.each(["GHOST", "DOUBT"] as const)("closes a %s at emptySince + ghostHorizon, not before", (st) => {
    const attempts = [attemptIn(st, { resourceDeadAtMs: deadAtMs })];
    const at = (emptyMs: number): string =>
      attemptOf(look(viewOf({ attempts, want: wantOff, presence: emptyFor(emptyMs) }))).st;
    expect(at(horizonMs - 1)).toBe(st);
    expect(at(horizonMs)).toBe("CLOSED");
  });

  it("counts from the end of the resource when that is later", () => {
    const attempts = [attemptIn("DOUBT", { resourceDeadAtMs: t0 - horizonMs + 1, dueAtMs: t0 })];
    const decision = look(viewOf({ attempts, want: wantOff, presence: emptyFor(9_000_000) }));
    expect(attemptOf(decision).st).toBe("DOUBT");
    expect(decision.dueAtMs).toBe(t0 + 1);
  });

  it("closes nothing while somebody is there, even when nothing is wanted", () => {
    const attempts = [attemptIn("GHOST", { resourceDeadAtMs: deadAtMs, dueAtMs: t0 })];
    const decision = look(viewOf({ attempts, want: wantOff }), { rule: undefined });
    expect(attemptOf(decision).st).toBe("GHOST");
    expect(decision.dueAtMs).toBe(t0 + 60_000);
  });

  it("closes nothing while the channel is wanted", () => {
    const attempts = [attemptIn("DOUBT", { resourceDeadAtMs: deadAtMs })];
    expect(attemptOf(look(viewOf({ attempts, want: wantOn }))).st).toBe("DOUBT");
  });

  it("says why", () => {
    const attempts = [attemptIn("GHOST", { resourceDeadAtMs: deadAtMs })];
    const decision = look(viewOf({ attempts, want: wantOff, presence: emptyFor(horizonMs) }));
    expect(attemptOf(decision)).toMatchObject({ cause: "assumed_idle_exit", closedAtMs: t0 });
  });
});

describe("the warning about starts that die unconfirmed", () => {
  it("comes with the third in a row", () => {
    const attempts = [1, 2, 3].map((n) => attemptIn(n === 3 ? "LIVE" : "CLOSED", { n }));
    const decision = tell(viewOf({ attempts, resp: 3 }), queryInput("abnormal", { n: 3 }));
    expect(decision.alarms.map((alarm) => alarm.alarm)).toEqual(["starts_die_unconfirmed"]);
  });

  it("comes as well when the third just is not found any more, until it is covered", () => {
    const last = attemptIn("LIVE", { n: 3, n404: 1, first404AtMs: t0 - 60_000, last404AtMs: t0 - 60_000 });
    const attempts = [attemptIn("CLOSED"), attemptIn("CLOSED", { n: 2 }), last];
    const decision = tell(viewOf({ attempts, resp: 3 }), queryInput("notFound", { n: 3 }));
    expect(decision.record.slots.primary.resp).not.toBe(3);
    expect(decision.alarms.map((alarm) => alarm.alarm)).toEqual(["starts_die_unconfirmed"]);
  });

  it("does not come when one of them was confirmed", () => {
    const attempts = [attemptIn("CLOSED"), attemptIn("CLOSED", { n: 2, confAtMs: t0 }), attemptIn("LIVE", { n: 3 })];
    expect(tell(viewOf({ attempts, resp: 3 }), queryInput("abnormal", { n: 3 })).alarms).toEqual([]);
  });
});

describe("a start that works at last", () => {
  it("is not covered any more when its ghost is adopted within the window", () => {
    const ghost = attemptIn("GHOST", { adoptUntilMs: t0 + 5_000 });
    const view = viewOf({ attempts: [ghost], resp: 1 });
    const decision = tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }));
    expect(respOf(decision)).toBe(1);
    expect(attemptOf(decision)).toMatchObject({ st: "LIVE", sid: sidOf(1), resourceId: resourceOf(1) });
  });

  it("stays surplus and is ended when its successor is confirmed and fresh", () => {
    const successor = attemptIn("CONF", { n: 2, lastAliveAtMs: t0, lastQuerySentAtMs: t0 });
    const view = viewOf({ attempts: [attemptIn("DOUBT"), successor], resp: 2 });
    const decision = tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }));
    expect(statesOf(decision)).toEqual(["STOPPING", "CONF"]);
    expect(statesOf(look(after(view, decision)))).toEqual(["STOPPING", "CONF"]);
  });
});

import { describe, expect, it } from "vitest";
import {
  after,
  attemptIn,
  attemptOf,
  emptyFor,
  look,
  rule,
  sidOf,
  statesOf,
  t0,
  viewOf,
  wantOff,
  wantOn,
} from "./channel-fixture.ts";
import type { Decision } from "./decision.ts";

function wantOf(decision: Decision): { readonly on: boolean; readonly cause: string } {
  return { on: decision.record.want.on, cause: decision.record.want.cause };
}

describe("what should be true", () => {
  it("is a recording while somebody is there and a rule says so", () => {
    const decision = look(viewOf({ want: wantOff }));
    expect(decision.record.want).toMatchObject({
      on: true,
      cause: "occupied",
      ruleHash: rule.hash,
      ruleName: rule.name,
    });
  });

  it.each([
    [1, 30_000],
    [3, 30_000],
    [2, 60_000],
    [4, 60_000],
    [undefined, 60_000],
  ])("after a leave with reason %s it goes on for %i ms and ends then", (graceReason, graceMs) => {
    const empty = (forMs: number): Decision => {
      const presence = { count: 0, hosts: 0, emptySinceMs: t0 - forMs };
      return look(viewOf({ presence: graceReason === undefined ? presence : { ...presence, graceReason } }));
    };
    expect(wantOf(empty(graceMs - 1))).toEqual({ on: true, cause: "grace" });
    expect(empty(graceMs - 1).dueAtMs).toBe(t0 + 1);
    expect(wantOf(empty(graceMs))).toEqual({ on: false, cause: "empty" });
  });

  it("never begins in grace: a join and a leave before anybody looked start nothing", () => {
    const decision = look(viewOf({ want: wantOff, presence: emptyFor(100) }));
    expect(wantOf(decision)).toEqual({ on: false, cause: "empty" });
    expect(statesOf(decision)).toEqual([]);
  });

  it("is nothing for a channel that nobody was ever seen in", () => {
    const decision = look(viewOf({ want: wantOff, presence: { count: 0, hosts: 0 } }));
    expect(wantOf(decision)).toEqual({ on: false, cause: "empty" });
  });

  it("is nothing while an old join holds the channel back, and a recording once it does not", () => {
    const held = { held: { partition: 3, offset: "17" } };
    expect(wantOf(look(viewOf({ want: wantOff, presence: held })))).toEqual({ on: false, cause: "held" });
    expect(wantOf(look(viewOf({ want: wantOff })))).toEqual({ on: true, cause: "occupied" });
  });

  it("is not ended by a hold that comes while it is on", () => {
    const presence = { held: { partition: 3, offset: "17" } };
    expect(wantOf(look(viewOf({ presence }))).on).toBe(true);
  });

  it("counts hosts alone in the live profile, for occupation and for grace", () => {
    const live = { rule: { ...rule, channelType: 1 as const } };
    const audience = { count: 5, hosts: 0 };
    expect(look(viewOf({ want: wantOff, presence: audience }), live).record.want.on).toBe(false);
    expect(look(viewOf({ want: wantOff, presence: { ...audience, hosts: 1 } }), live).record.want.on).toBe(true);
    const left = (forMs: number): Decision =>
      look(viewOf({ presence: { ...audience, hostsEmptySinceMs: t0 - forMs, hostsGraceReason: 1 } }), live);
    expect(left(29_999).record.want.on).toBe(true);
    expect(left(30_000).record.want.on).toBe(false);
  });

  it("counts everybody in the communication profile", () => {
    expect(look(viewOf({ want: wantOff, presence: { count: 1, hosts: 0 } })).record.want.on).toBe(true);
  });

  it("ends at once, without grace, when no rule covers the channel any more", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), { rule: undefined });
    expect(wantOf(decision)).toEqual({ on: false, cause: "no_rule" });
    expect(statesOf(decision)).toEqual(["STOPPING"]);
  });

  it("ends at once, without grace, by the kill switch, even where other rules are alive", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    expect(wantOf(look(view, { control: "stopAll" }))).toEqual({ on: false, cause: "killed" });
    const killed = look(view, { control: "stopAll", rule: undefined, otherRulesAlive: true });
    expect(wantOf(killed)).toEqual({ on: false, cause: "killed" });
  });
});

describe("a process that does not know the rule, beside one that does", () => {
  const elsewhere = { rule: undefined, otherRulesAlive: true };

  it("ends nothing", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), elsewhere);
    expect([decision.record.want.on, statesOf(decision)]).toEqual([true, ["CONF"]]);
  });

  it("begins nothing", () => {
    const decision = look(viewOf({ want: wantOff }), elsewhere);
    expect([decision.record.want.on, statesOf(decision)]).toEqual([false, []]);
  });

  it("hands on a channel that somebody has joined: nobody else may ever be asked about it", () => {
    expect(look(viewOf({ want: wantOff }), elsewhere).dueAtMs).toBe(t0 + 5_000);
    const beside = viewOf({ want: wantOff, attempts: [attemptIn("GHOST")] });
    expect(look(beside, elsewhere).dueAtMs).toBe(t0 + 5_000);
    expect(look(viewOf({ want: wantOff, presence: emptyFor(60_000) }), elsewhere).dueAtMs).toBe(t0 + 86_400_000);
    expect(look(viewOf({ want: wantOff }), { rule: undefined }).dueAtMs).toBe(t0 + 86_400_000);
  });

  it("claims nothing for a lost slot, and hands the channel on", () => {
    const decision = look(viewOf(), elsewhere);
    expect(statesOf(decision)).toEqual([]);
    expect(decision.dueAtMs).toBe(t0 + 5_000);
  });

  it("hands a channel on whose grace has ended, instead of looking at it for ever", () => {
    const want = { ...wantOn, cause: "grace", graceUntilMs: t0 - 1 };
    const decision = look(
      viewOf({ attempts: [attemptIn("CONF")], resp: 1, want, presence: emptyFor(60_000) }),
      elsewhere,
    );
    expect(decision.dueAtMs).toBe(t0 + 5_000);
  });

  it("looks again soon at a channel that is fine: the rule may end with its last process", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), elsewhere);
    expect(decision.dueAtMs).toBe(t0 + 60_000);
  });
});

describe("sessions", () => {
  it("open with want and get an id of time and chance", () => {
    const decision = look(viewOf({ want: wantOff }), { entropy: 5 });
    const { sessionId = "" } = decision.record.want;
    expect(decision.record.sessions[sessionId]).toEqual({ id: sessionId, openedAtMs: t0, cause: "occupied" });
    expect(look(viewOf({ want: wantOff }), { entropy: 6 }).record.want.sessionId).not.toBe(sessionId);
  });

  it("go on when somebody comes back during grace: same session, same attempt", () => {
    const grace = viewOf({ attempts: [attemptIn("CONF")], resp: 1, want: { ...wantOn, graceUntilMs: t0 + 1 } });
    const decision = look(grace);
    expect(decision.record.want.sessionId).toBe("s_1");
    expect(decision.record.want.graceUntilMs).toBeUndefined();
    expect(statesOf(decision)).toEqual(["CONF"]);
  });

  it("I3: are new when somebody comes back during the stop: new attempt, other uid, at once (mutations 10, 11)", () => {
    const busy = viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence: emptyFor(60_000) });
    const stopped = look(busy);
    expect(stopped.record.sessions["s_1"]?.closedAtMs).toBe(t0);
    const presence = { count: 1, hosts: 1 };
    const again = look(after(busy, stopped, { presence }), { nowMs: t0 + 500, inFlight: new Set([1]) });
    expect(again.record.want.sessionId).not.toBe("s_1");
    expect(statesOf(again)).toEqual(["STOPPING", "CLAIMED"]);
    expect(attemptOf(again, 2).session).toBe(again.record.want.sessionId);
    expect(attemptOf(again, 2).uid).not.toBe(attemptOf(again, 1).uid);
    expect(again.calls).toEqual([{ call: "acquire", n: 2 }]);
  });

  it("close when want goes off, while their attempts may still be stopping", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence: emptyFor(60_000) }));
    expect(decision.record.want.sessionId).toBeUndefined();
    expect(decision.record.sessions["s_1"]?.closedAtMs).toBe(t0);
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
  });
});

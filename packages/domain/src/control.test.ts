import { describe, expect, it } from "vitest";
import {
  acquiredInput,
  after,
  attemptIn,
  attemptOf,
  emptyFor,
  factOf,
  look,
  respOf,
  statesOf,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import { strongestControl } from "./control.ts";
import type { DecideContext } from "./decision.ts";

const held: Partial<DecideContext> = { control: "holdStarts", killSwitchRev: 7 };
const handsOff: Partial<DecideContext> = { control: "handsOff", killSwitchRev: 7 };
const stopAll: Partial<DecideContext> = { control: "stopAll", killSwitchRev: 7 };

describe("the operators' switches", () => {
  it("let the strongest of several count", () => {
    expect(strongestControl([])).toBe("run");
    expect(strongestControl(["run", "holdStarts"])).toBe("holdStarts");
    expect(strongestControl(["handsOff", "holdStarts"])).toBe("handsOff");
    expect(strongestControl(["handsOff", "stopAll", "holdStarts"])).toBe("stopAll");
  });

  it("leave their mode and revision in what is wanted, until they are lifted", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    const decision = look(view, held);
    expect(decision.record.want).toMatchObject({ on: true, control: "holdStarts", killSwitchRev: 7 });
    const lifted = look(after(view, decision)).record.want;
    expect([lifted.control, lifted.killSwitchRev, lifted.sessionId]).toEqual([undefined, undefined, "s_1"]);
  });
});

describe("held starts", () => {
  it("claim nothing, and look again without hurry", () => {
    const decision = look(viewOf({ want: wantOff }), held);
    expect([decision.record.want.on, statesOf(decision), decision.calls]).toEqual([true, [], []]);
    expect(decision.dueAtMs).toBe(t0 + 60_000);
  });

  it("end what was on its way to a start: nothing may be known of it, or a doubt stays", () => {
    const claimed = look(viewOf({ attempts: [attemptIn("CLAIMED", { dueAtMs: t0 })], resp: 1 }), held);
    expect([statesOf(claimed), claimed.calls, respOf(claimed)]).toEqual([["CLOSED"], [], 0]);
    const unsent = look(viewOf({ attempts: [attemptIn("READY", { startSends: 0, dueAtMs: t0 })], resp: 1 }), held);
    expect([statesOf(unsent), unsent.calls]).toEqual([["CLOSED"], []]);
    const sent = look(viewOf({ attempts: [attemptIn("READY", { dueAtMs: t0 })], resp: 1 }), held);
    expect([statesOf(sent), sent.calls, respOf(sent)]).toEqual([["DOUBT"], [], 0]);
  });

  it("tell what they leave unrecorded as paused, not as Agora's failure", () => {
    for (const st of ["CLAIMED", "READY"] as const) {
      const decision = look(viewOf({ attempts: [attemptIn(st)], resp: 1 }), held);
      expect(decision.lifecycle.find(({ type }) => type === "attempt.lost")?.cause).toBe("paused");
    }
  });

  it("drop the resource of an acquire that was under way", () => {
    const view = viewOf({ attempts: [attemptIn("CLAIMED")], resp: 1 });
    const decision = tell(view, acquiredInput(), held);
    expect([statesOf(decision), decision.calls]).toEqual([["CLOSED"], []]);
  });

  it("let a running recorder go on and be asked", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF", { dueAtMs: t0 })], resp: 1 }), held);
    expect([statesOf(decision), decision.calls[0]?.call, respOf(decision)]).toEqual([["CONF"], "query", 1]);
  });

  it("let a recorder be stopped when everybody has left", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence: emptyFor(30_000) }), held);
    expect([statesOf(decision), decision.calls[0]?.call]).toEqual([["STOPPING"], "stop"]);
  });

  it("replace no recorder that was lost, but do so at once, without the storm guard, when they are lifted", () => {
    const view = viewOf({ attempts: [attemptIn("READY", { startSends: 0, dueAtMs: t0 })], resp: 1 });
    const lost = look(view, held);
    const lifted = look(after(view, lost));
    expect(statesOf(lifted)).toEqual(["CLOSED", "CLAIMED"]);
    expect([respOf(lifted), lifted.record.slots.primary.backoffStep]).toEqual([2, 0]);
  });
});

describe("hands off", () => {
  const due = (st: Parameters<typeof attemptIn>[0]) => attemptIn(st, { dueAtMs: t0 - 1 });

  it.each(["CLAIMED", "READY", "LIVE", "CONF", "GHOST", "DOUBT", "STOPPING"] as const)(
    "send nothing for an attempt in %s, and keep it and its due time",
    (st) => {
      const decision = look(viewOf({ attempts: [due(st)] }), handsOff);
      expect(decision.calls).toEqual([]);
      expect([attemptOf(decision).st, attemptOf(decision).dueAtMs]).toEqual([st, t0 - 1]);
      expect(attemptOf(decision).startSends).toBe(due(st).startSends);
      expect(decision.dueAtMs).toBe(t0 + 60_000);
    },
  );

  it("claim nothing for a channel that becomes occupied, and remember that it is wanted", () => {
    const decision = look(viewOf({ want: wantOff }), handsOff);
    expect([statesOf(decision), decision.record.want.on]).toEqual([[], true]);
  });

  it("turn nothing off, since it could not be stopped; when they are lifted it is stopped at once", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence: emptyFor(3_600_000) });
    const during = look(view, handsOff);
    expect([statesOf(during), during.record.want.on]).toEqual([["CONF"], true]);
    const lifted = look(after(view, during));
    expect([statesOf(lifted), lifted.calls[0]?.call, lifted.record.want.on]).toEqual([["STOPPING"], "stop", false]);
  });

  it("still take in facts: the sid of a ghost is not lost", () => {
    const ghost = attemptIn("GHOST", { adoptUntilMs: t0 + 1_000 });
    const view = viewOf({ attempts: [ghost], resp: 1, facts: [factOf("sid")] });
    expect(statesOf(look(view, handsOff))).toEqual(["LIVE"]);
  });

  it("send what was due before, once they are lifted", () => {
    const view = viewOf({ attempts: [due("CONF")], resp: 1 });
    const lifted = look(after(view, look(view, handsOff)));
    expect(lifted.calls).toEqual([{ call: "query", n: 1, sid: attemptOf(lifted).sid }]);
  });
});

describe("stop all", () => {
  it("stops a recorder in an occupied channel at once, without grace", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), stopAll);
    expect([statesOf(decision), decision.calls[0]?.call]).toEqual([["STOPPING"], "stop"]);
    expect(decision.record.want).toEqual({ on: false, cause: "killed", control: "stopAll", killSwitchRev: 7 });
  });

  it("starts a new session with another recorder when it is lifted, and does not wait for the stop", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    const lifted = look(after(view, look(view, stopAll)));
    expect(statesOf(lifted)).toEqual(["STOPPING", "CLAIMED"]);
    expect(lifted.record.want.sessionId).not.toBe("s_1");
  });
});

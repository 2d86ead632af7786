import { describe, expect, it } from "vitest";
import type { Attempt, ChannelView, PresenceSummary } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  factOf,
  look,
  queryInput,
  respOf,
  rule,
  sidOf,
  statesOf,
  stopInput,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { realDurations } from "./durations.ts";
import type { Rule } from "./rule.ts";
import { stretchedPollMs } from "./waits.ts";

/** protocol.md §11: a lost leave makes the recorder idle out, and nobody may start one after the other for it. */

const minuteMs = 60_000;

/** A recorder that nobody has joined: alive until the last poll, asked again after its idle time. */
function alone(change: Partial<Attempt> = {}): Attempt {
  return attemptIn("CONF", {
    liveAtMs: t0 - 330_000,
    confAtMs: t0 - 320_000,
    lastAliveAtMs: t0 - 90_000,
    n404: 1,
    first404AtMs: t0 - 30_000,
    last404AtMs: t0 - 30_000,
    ...change,
  });
}

const cover = queryInput("notFound", { sentAtMs: t0, answeredAtMs: t0 });
const mark = { kind: "doubtful", heardBeforeMs: t0 - 330_000, hostsOnly: false };

function endOf(attempt: Attempt, change: Partial<Parameters<typeof viewOf>[0] & object> = {}): Decision {
  return tell(viewOf({ attempts: [attempt], resp: attempt.n, ...change }), cover);
}

describe("a recorder that ends as one does that nobody joins", () => {
  it("makes those doubtful that were last heard of before it, and nothing is started in that decision", () => {
    const decision = endOf(alone());
    expect(decision.marks).toEqual([mark]);
    expect(respOf(decision)).toBe(0);
    expect(decision.calls).toEqual([]);
    expect(statesOf(decision)).toEqual(["CONF"]);
    expect(decision.dueAtMs).toBe(t0 + 1_000);
  });

  it("is replaced at the next look when the marks left somebody certain", () => {
    const decision = endOf(alone());
    const next = look(after(viewOf({ attempts: [] }), decision), { nowMs: t0 + 1_000 });
    expect(next.calls).toEqual([{ call: "acquire", n: 2 }]);
  });

  it.each([
    ["lived too short", { liveAtMs: t0 - 280_000 }],
    ["was not found any more before its idle time was over", { liveAtMs: t0 - 310_000 }],
    ["was seen alive too long: it had company", { liveAtMs: t0 - 900_000 }],
    ["records a page, which nobody joins", { mode: "web" as const }],
    ["has met media, once", { everStatus5: true }],
  ])("unless it %s: then it is replaced at once", (_why, change) => {
    const decision = endOf(alone(change));
    expect(decision.marks).toEqual([]);
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
  });

  it("was in sight if its last answer lies no longer before its first 404 than the longest poll takes", () => {
    const first404AtMs = t0 - 30_000;
    const unseenMaxMs = stretchedPollMs(rule.maxIdleMs, realDurations) + realDurations.workSlackMs;
    expect(endOf(alone({ lastAliveAtMs: first404AtMs - unseenMaxMs })).marks).toEqual([mark]);
    expect(endOf(alone({ lastAliveAtMs: first404AtMs - unseenMaxMs - 1 })).marks).toEqual([]);
  });

  // Found by the simulation: hands were off for as long as an idle time, and its recorder had died meanwhile.
  it("may have died of anything if nobody has looked at it since its start: then it is replaced at once", () => {
    const { lastAliveAtMs: _, ...unseen } = alone();
    const decision = endOf(unseen);
    expect(decision.marks).toEqual([]);
    expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
  });

  it("is believed the second time in a row, even if status 5 means something else than media", () => {
    const marksOf = (earlier: number, lastAliveAtMs: number, liveAtMs = t0 - 330_000): Decision["marks"] => {
      const ended = { endedIdle: true, everStatus5: true };
      const closed = Array.from({ length: earlier }, (_, i) => attemptIn("CLOSED", { n: i + 1, ...ended }));
      const last = alone({ n: earlier + 1, everStatus5: true, lastAliveAtMs, liveAtMs, confAtMs: liveAtMs + 5_000 });
      const gone = queryInput("notFound", { n: last.n, sentAtMs: t0, answeredAtMs: t0 });
      return tell(viewOf({ attempts: [...closed, last], resp: last.n }), gone).marks;
    };
    expect(marksOf(1, t0 - 50_000)).toEqual([mark]);
    // Nobody looked just before its idle time was over, or just after: only a third one counts.
    expect(marksOf(1, t0 - 60_000)).toEqual([]);
    expect(marksOf(2, t0 - 60_000)).toEqual([mark]);
    expect(marksOf(1, t0 - 90_000, t0 - 380_000)).toEqual([]);
    expect(marksOf(2, t0 - 90_000, t0 - 380_000)).toMatchObject([{ kind: "doubtful" }]);
  });

  it("is also one that shows that it ends by itself", () => {
    const { first404AtMs: _, last404AtMs: __, ...running } = alone({ n404: 0 });
    const decision = tell(viewOf({ attempts: [running], resp: 1 }), queryInput("ending"));
    expect(decision.marks).toEqual([mark]);
    expect(statesOf(decision)).toEqual(["STOPPING"]);
  });

  it("is also one whose stop says that nothing was recorded (206/435), if it lived as long, and no other", () => {
    const stopped = attemptIn("STOPPING", { liveAtMs: t0 - 310_000, lastAliveAtMs: t0 - 90_000 });
    const told = (attempt: Attempt): Decision =>
      tell(viewOf({ attempts: [attempt] }), stopInput("done", { code: 435 }));
    expect(told(stopped).marks).toMatchObject([{ kind: "doubtful", heardBeforeMs: t0 - 310_000 }]);
    expect(told({ ...stopped, liveAtMs: t0 - 20_000 }).marks).toEqual([]);
  });

  const ended = { endedIdle: true, cause: "surplus", liveAtMs: t0 - 310_000, confAtMs: t0 - 305_000 };
  const covered = attemptIn("STOPPING", ended);

  // Found by the simulation: it had only been moving, and the next one that died at such an age was believed.
  it("is none if our own stop met it at work, whatever a 404 had said of it", () => {
    expect(attemptOf(tell(viewOf({ attempts: [covered] }), stopInput("done")))).not.toHaveProperty("endedIdle");
  });

  it.each([
    ["a stop that found nothing recorded", stopInput("done", { code: 435 })],
    ["a stop that found it ending", stopInput("exiting")],
    ["a query that found it ending", queryInput("ending")],
  ])("stays one after %s", (_what, input) => {
    const decision = tell(viewOf({ attempts: [covered] }), input);
    expect(attemptOf(decision)).toMatchObject({ endedIdle: true, stopAckAtMs: t0 });
  });

  it("stays one after a fact that its stop was accepted, which does not say whether it recorded", () => {
    const fact = factOf("stopAccepted", { resourceId: covered.resourceId ?? "" });
    const decision = look(viewOf({ attempts: [covered], facts: [fact] }));
    expect(attemptOf(decision)).toMatchObject({ endedIdle: true, stopAckAtMs: t0 });
  });

  it("says nothing while another recorder of the slot is well", () => {
    const other = attemptIn("CONF", { n: 2, lastAliveAtMs: t0 - 1_000, lastQuerySentAtMs: t0 - 1_000 });
    const decision = tell(viewOf({ attempts: [alone(), other], resp: 1 }), cover);
    expect(decision.marks).toEqual([]);
  });
});

describe("Agora says that a recorder has left", () => {
  const running = attemptIn("CONF", { liveAtMs: t0 - 3_600_000, lastAliveAtMs: t0 - 90_000, everStatus5: true });
  const said = (kind: "exitSaid" | "idleSaid"): Decision =>
    look(viewOf({ attempts: [running], resp: 1, facts: [factOf(kind)] }));

  it.each(["exitSaid", "idleSaid"] as const)("%s alone ends nothing: it is asked now", (kind) => {
    const decision = said(kind);
    expect(statesOf(decision)).toEqual(["CONF"]);
    expect(decision.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
  });

  it("event 11 and a 404 sent after it: stopped until certain, and covered at once (P2)", () => {
    const decision = tell(after(viewOf({ attempts: [running], resp: 1 }), said("exitSaid")), cover);
    expect(statesOf(decision)).toEqual(["STOPPING", "CLAIMED"]);
    expect(attemptOf(decision).cause).toBe("exit_announced");
    expect(decision.marks).toEqual([]);
  });

  it("a 404 that was sent before the event proves nothing yet", () => {
    const early = queryInput("notFound", { sentAtMs: t0 - 1, answeredAtMs: t0 });
    expect(statesOf(tell(after(viewOf({ attempts: [running], resp: 1 }), said("exitSaid")), early))).toEqual(["CONF"]);
  });

  it("event 41 with bit 4 and a 404: whoever was not heard of for the idle time is doubtful, however long it lived", () => {
    const decision = tell(after(viewOf({ attempts: [running], resp: 1 }), said("idleSaid")), cover);
    expect(decision.marks).toEqual([{ kind: "doubtful", heardBeforeMs: t0 - 300_000, hostsOnly: false }]);
    expect(statesOf(decision)).toEqual(["STOPPING"]);
  });

  it("an answer that it is alive takes all of it back", () => {
    const decision = tell(after(viewOf({ attempts: [running], resp: 1 }), said("idleSaid")), queryInput("alive"));
    expect(attemptOf(decision)).not.toHaveProperty("idleSaidAtMs");
    expect(attemptOf(decision)).not.toHaveProperty("exitSaidAtMs");
  });
});

describe("only doubtful people are left", () => {
  const doubtful = (sinceMs: number, more: Partial<PresenceSummary> = {}): PresenceSummary => ({
    count: 0,
    hosts: 0,
    emptySinceMs: sinceMs,
    hostsEmptySinceMs: sinceMs,
    doubtful: { count: 1, hosts: 1, sinceMs },
    ...more,
  });

  it("nothing is wanted, without grace: the recorder that was alone has left already", () => {
    const decision = look(viewOf({ presence: doubtful(t0 - 1_000) }));
    expect(decision.record.want).toEqual({ on: false, cause: "doubtful" });
    expect(decision.calls).toEqual([]);
    expect(decision.dueAtMs).toBe(t0 - 1_000 + 15 * minuteMs);
  });

  it("grace still follows the leave of somebody who was certain", () => {
    const presence = doubtful(t0 - 100_000, { emptySinceMs: t0 - 1_000, graceReason: 1 });
    expect(look(viewOf({ presence })).record.want).toMatchObject({ on: true, cause: "grace" });
  });

  it("new evidence starts at once: somebody certain is there", () => {
    const presence = { ...doubtful(t0 - 1_000), count: 1, hosts: 1 };
    expect(look(viewOf({ want: wantOff, presence })).calls).toEqual([{ call: "acquire", n: 1 }]);
  });

  it("is tried after 15 min, 30 min more, then each hour, once each time, and no more after a day", () => {
    let view = viewOf({ want: wantOff, presence: doubtful(t0) });
    const starts: number[] = [];
    // Each recorder is alone too: it is gone when it is next asked.
    for (let nowMs = t0; nowMs < t0 + 30 * 60 * minuteMs; nowMs += minuteMs) {
      const decision = decide(view, { kind: "look" }, contextAt(nowMs));
      for (const call of decision.calls) if (call.call === "acquire") starts.push((nowMs - t0) / minuteMs);
      view = after(view, decision);
      const { resp } = view.record.slots.primary;
      if (resp !== 0) view = failed(view, resp, nowMs);
    }
    expect(starts.slice(0, 5)).toEqual([15, 45, 105, 165, 225]);
    expect(starts).toHaveLength(25);
  });

  /** The channel after its responsible attempt was lost. */
  function failed(view: ChannelView, n: number, nowMs: number): ChannelView {
    const lost = attemptIn("CLOSED", { ...attemptOf(view.record, n), st: "CLOSED", closedAtMs: nowMs });
    const { slots, attempts } = view.record;
    const record = {
      ...view.record,
      attempts: { ...attempts, [n]: lost },
      slots: { ...slots, primary: { ...slots.primary, resp: 0, nextClaimAtMs: nowMs } },
    };
    return { ...view, record };
  }

  it("one try is one attempt, also while its recorder runs, and with two slots", () => {
    const tried = attemptIn("CONF", { claimedAtMs: t0 - 10, lastAliveAtMs: t0, dueAtMs: t0 + 5_000 });
    const presence = doubtful(t0 - 16 * minuteMs);
    const two: Rule = { ...rule, slots: ["primary", "secondary"] };
    const running = look(viewOf({ want: wantOff, attempts: [tried], resp: 1, presence }), { rule: two });
    expect(running.record.want).toMatchObject({ on: true, cause: "probe" });
    expect(statesOf(running)).toEqual(["CONF"]);
    const ended = look(viewOf({ want: wantOff, attempts: [tried], resp: 0, presence }), { rule: two });
    expect(ended.record.want).toMatchObject({ on: false, cause: "doubtful" });
  });

  it("a try that outlives the idle time has found somebody: they are trusted again", () => {
    const presence = doubtful(t0 - 30 * minuteMs);
    const tried = attemptIn("CONF", {
      liveAtMs: t0 - 330_000,
      lastAliveAtMs: t0 - 120_000,
      claimedAtMs: t0 - 335_000,
      confAtMs: t0 - 325_000,
    });
    const view = viewOf({ attempts: [tried], resp: 1, presence });
    expect(tell(view, queryInput("alive")).marks).toEqual([{ kind: "trusted" }]);
    const young = { ...tried, liveAtMs: t0 - 310_000, confAtMs: t0 - 305_000 };
    expect(tell(viewOf({ attempts: [young], resp: 1, presence }), queryInput("alive")).marks).toEqual([]);
  });

  // Cover had taken its move for an idle end, and want is off by now: nothing else would bring them back before the next try.
  it.each([
    ["alive", [{ kind: "trusted" }]],
    ["starting", [{ kind: "trusted" }]],
    ["abnormal", []],
  ] as const)("one that shows status %s beyond the idle time while it is stopped has found: %j", (outcome, marks) => {
    const moved = { liveAtMs: t0 - 420_000, confAtMs: t0 - 415_000, lastAliveAtMs: t0 - 130_000, endedIdle: true };
    const presence = doubtful(t0 - 60_000);
    const view = viewOf({ attempts: [attemptIn("STOPPING", moved)], want: wantOff, presence });
    expect(tell(view, queryInput(outcome)).marks).toEqual(marks);
  });

  it("one that was never confirmed may have joined late: its age alone says nothing of company", () => {
    const late = attemptIn("LIVE", { liveAtMs: t0 - 330_000, claimedAtMs: t0 - 335_000 });
    const presence = doubtful(t0 - 30 * minuteMs);
    const marksOf = (attempt: Attempt): Decision["marks"] =>
      tell(viewOf({ attempts: [attempt], resp: 1, presence }), queryInput("alive")).marks;
    expect(marksOf(late)).toEqual([]);
    expect(marksOf({ ...late, liveAtMs: t0 - 420_000 })).toEqual([{ kind: "trusted" }]);
  });

  it("the recorder of a page meets nobody, so it is never tried", () => {
    const decision = look(viewOf({ want: wantOff, presence: doubtful(t0 - 60 * minuteMs) }), {
      rule: { ...rule, mode: "web" },
    });
    expect(decision.record.want.on).toBe(false);
  });
});

describe("the live profile with nobody but an audience", () => {
  const live: Rule = { ...rule, channelType: 1 };
  const audience = { count: 3, hosts: 0, hostsEmptySinceMs: t0 - 10_000, hostsGraceReason: 2 };

  it("a recorder that leaves in the grace after the last host is not replaced before a host comes", () => {
    const decision = tell(
      viewOf({ attempts: [alone({ liveAtMs: t0 - 900_000 })], resp: 1, presence: audience }),
      cover,
      { rule: live },
    );
    expect(decision.record.want).toMatchObject({ on: true, cause: "grace" });
    expect(respOf(decision)).toBe(0);
    expect(decision.calls).toEqual([]);
    const hosted = after(viewOf({ presence: { count: 4, hosts: 1 } }), decision);
    expect(look(hosted, { rule: live }).calls).toContainEqual({ call: "acquire", n: 2 });
  });

  it("with countAudience it is replaced, under the storm guard, and nobody becomes doubtful", () => {
    const counted: Rule = { ...live, countAudience: true };
    const view = viewOf({
      attempts: [alone({ confAtMs: t0 - 100_000 })],
      resp: 1,
      presence: audience,
      slot: { backoffStep: 2 },
    });
    const decision = tell(view, cover, { rule: counted });
    expect(decision.marks).toEqual([]);
    expect(decision.calls).toEqual([]);
    expect(decision.record.slots.primary.nextClaimAtMs).toBe(t0 + 15_000);
    expect(decision.record.want).toMatchObject({ on: true, cause: "occupied" });
  });

  it("an idle end makes hosts doubtful, never the audience", () => {
    const view = viewOf({ attempts: [alone()], resp: 1, presence: { count: 4, hosts: 1 } });
    expect(tell(view, cover, { rule: live }).marks).toEqual([{ ...mark, hostsOnly: true }]);
  });
});

import { describe, expect, test } from "vitest";
import { broken, day, ended, judge, next, recorded, recorder, restart, room } from "./doctored-day.ts";
import { epochMs, HistoryBuilder } from "./history-builder.ts";

describe("I3: gaps", () => {
  test("start latency: workSlack", () => {
    expect(broken(ended(day().start(3_000, room, "sid-1", recorder)))).toEqual([]);
    const judgement = judge(ended(day().start(3_001, room, "sid-1", recorder)));
    expect(judgement.violations).toMatchObject([{ invariant: "I3", atMs: epochMs + 3_000 }]);
    expect(judgement.violations[0]?.message).toContain("workSlack 2000");
  });

  test("start latency: requests ahead at a limited account count", () => {
    const history = ended(day({ requestsPerSecond: 10 }).start(4_000, room, "sid-1", recorder));
    expect(broken(history)).toEqual(["I3"]);
    for (let i = 0; i < 10; i += 1) history.request(2_000 + i, "elsewhere", { call: "query" });
    expect(broken(history)).toEqual([]);
  });

  test("never started: violation, and the whole stay is the gap", () => {
    const judgement = judge(day().leave(20_000, room, 11));
    expect(judgement).toMatchObject({
      coverageRatio: 0,
      starts: 0,
      longestGap: { ms: 19_000, cause: "start_latency" },
    });
    expect(judgement.violations).toMatchObject([{ invariant: "I3" }]);
  });

  test("a visit shorter than workSlack needs no recorder", () => {
    expect(broken(day().leave(2_900, room, 11))).toEqual([]);
  });

  test("an exit whose leave was published: coverAfter + workSlack", () => {
    expect(judge(restart(5_000, "kill"))).toMatchObject({
      violations: [],
      restarts: 1,
      longestGap: { ms: 5_000, cause: "recorder_exit" },
    });
    expect(broken(restart(5_001, "kill"))).toEqual(["I3"]);
  });

  test("a silent exit: 1.1 · poll more", () => {
    expect(judge(restart(8_300, "killSilently"))).toMatchObject({
      violations: [],
      counts: { kills: 1, killsSilent: 1 },
    });
    expect(broken(restart(8_301, "killSilently"))).toEqual(["I3"]);
  });

  test("coverAfter of the rule in force can be given", () => {
    const eager = { durations: { coverAfterMs: 500 } };
    expect(judge(restart(2_500, "kill"), eager).violations).toEqual([]);
    expect(judge(restart(2_501, "kill"), eager).violations).toHaveLength(1);
  });

  test("from the second restart on claimBackoff is added", () => {
    const third = (gapMs: number): HistoryBuilder => {
      const history = recorded().kill(5_000, room, "sid-1", recorder).start(6_000, room, "sid-2", next);
      history.kill(7_000, room, "sid-2", next).start(7_000 + gapMs, room, "sid-3", next + 2);
      return ended(history, "sid-3", next + 2);
    };
    expect(broken(third(5_500))).toEqual([]);
    expect(broken(third(5_501))).toEqual(["I3"]);
  });

  describe("while an operator has paused recording", () => {
    const paused = (history: HistoryBuilder): HistoryBuilder =>
      history.note(5_000, "recording-paused").note(9_000, "recording-resumed");
    const causes = (history: HistoryBuilder): readonly (readonly [string, number])[] =>
      judge(history).gaps.map(({ cause, ms }) => [cause, ms]);

    test("a recorder that was stopped leaves a gap that is told as paused, and only so long", () => {
      const stopped = (startMs: number): HistoryBuilder =>
        ended(
          paused(recorded().stop(6_000, room, "sid-1", recorder).start(startMs, room, "sid-2", next)),
          "sid-2",
          next,
        );
      expect(causes(stopped(11_000))).toContainEqual(["paused", 3_000]);
      expect(causes(stopped(11_000))).toContainEqual(["unknown", 2_000]);
      expect(broken(stopped(11_000))).toEqual([]);
      expect(broken(stopped(19_500))).toEqual(["I3"]);
    });

    test("a join is not answered, and what was missed before and after is no pause", () => {
      const late = new HistoryBuilder().join(4_500, room, 11).note(60_000, "run-ended");
      const history = ended(paused(late.start(10_000, room, "sid-1", recorder)));
      expect(causes(history)).toEqual([
        ["start_latency", 500],
        ["paused", 4_000],
        ["start_latency", 1_000],
      ]);
      expect(broken(history)).toEqual([]);
    });

    test("nothing is excused without the note", () => {
      const history = recorded().stop(6_000, room, "sid-1", recorder).start(11_000, room, "sid-2", next);
      expect(broken(ended(history, "sid-2", next))).toEqual(["I3"]);
    });
  });

  test("an old recorder that gives its worker to its successor: stopSlack + workSlack, and only when its life is about to end", () => {
    const givenWay = (startMs: number): HistoryBuilder =>
      ended(recorded().stop(9_500, room, "sid-1", recorder).start(startMs, room, "sid-2", next), "sid-2", next);
    const aged = { rotateAfterMs: 6_400 };
    expect(judge(givenWay(14_500), aged)).toMatchObject({ violations: [], longestGap: { cause: "quota_workers" } });
    expect(judge(givenWay(14_501), aged).violations).toMatchObject([{ invariant: "I3" }]);
    expect(judge(givenWay(9_600), { rotateAfterMs: 7_000 }).violations).toMatchObject([{ invariant: "I3" }]);
  });

  test("a migration: its window, when that is shorter than the silent bound", () => {
    const migrated = (windowMs: number): HistoryBuilder =>
      ended(recorded().migrate(8_000, room, "sid-1", [recorder, 77], windowMs), "sid-1", 77);
    expect(judge(migrated(4_000))).toMatchObject({
      violations: [],
      longestGap: { cause: "migration" },
      counts: { migrations: 1 },
    });
    expect(broken(migrated(4_300))).toEqual(["I3"]);
  });

  test("the exit of a recorder that had migrated without clientType is silent although its leave was published", () => {
    const history = (gapMs: number): HistoryBuilder => {
      const story = recorded().migrate(4_000, room, "sid-1", [recorder, 77], 500);
      story.add(10_000, { kind: "recorder-left", channelName: room, uid: 77, sid: "sid-1", cause: "killed" });
      story.event(10_000, room, { eventType: 108, uid: 77 }).start(10_000 + gapMs, room, "sid-2", next);
      return ended(story, "sid-2", next);
    };
    expect(broken(history(8_300))).toEqual([]);
    expect(broken(history(8_301))).toEqual(["I3"]);
  });

  test("an ambiguous start: sends · call + startRetry + adoptWindow + workSlack", () => {
    const lost = (startMs: number): HistoryBuilder => {
      const history = day();
      for (const atMs of [1_300, 3_500]) {
        history.request(atMs, room, {
          call: "start",
          uid: recorder,
          resourceId: "resource-sid-1",
          applied: false,
          answered: false,
          fault: "lose-request",
        });
      }
      return ended(history.start(startMs, room, "sid-1", recorder));
    };
    const allowedMs = 2 * 2_000 + 100 + 300 + 1_500 + 2_000;
    expect(judge(lost(1_000 + allowedMs))).toMatchObject({ violations: [], longestGap: { cause: "ambiguous_start" } });
    expect(broken(lost(1_001 + allowedMs))).toEqual(["I3"]);
  });

  test("a provider error: end of the fault + pending backoff + workSlack", () => {
    const failing = (startMs: number): HistoryBuilder => {
      const history = day();
      for (const atMs of [1_200, 2_000, 5_000]) {
        history.request(atMs, room, {
          call: "acquire",
          uid: recorder,
          status: 500,
          code: 500,
          applied: false,
          fault: "answer",
        });
      }
      return ended(history.start(startMs, room, "sid-1", recorder));
    };
    const allowedUntilMs = 5_000 + 400 + 2_000;
    expect(judge(failing(allowedUntilMs))).toMatchObject({ violations: [], longestGap: { cause: "provider_error" } });
    expect(broken(failing(allowedUntilMs + 1))).toEqual(["I3"]);
  });

  test("a provider that does not answer acquire: time limit of the call + backoff + workSlack", () => {
    const history = (startMs: number): HistoryBuilder => {
      const story = day().request(4_000, room, {
        call: "acquire",
        uid: recorder,
        applied: false,
        answered: false,
        fault: "lose-request",
      });
      return ended(story.start(startMs, room, "sid-1", recorder));
    };
    const allowedUntilMs = 4_000 - 10 + 1_000 + 0 + 2_000;
    expect(judge(history(allowedUntilMs))).toMatchObject({
      violations: [],
      longestGap: { cause: "provider_unreachable" },
    });
    expect(broken(history(allowedUntilMs + 1))).toEqual(["I3"]);
  });

  test("a query that fails after a silent death moves the bound to its end", () => {
    const history = restart(11_000, "killSilently");
    expect(broken(history)).toEqual(["I3"]);
    history.request(16_000, room, { call: "query", sid: "sid-1", status: 503, applied: false, fault: "answer" });
    expect(broken(history)).toEqual([]);
  });

  test("a rejoin whose old recorder is being stopped: workSlack from the join's acknowledgement, not from the stop", () => {
    const history = (startMs: number): HistoryBuilder => {
      const story = recorded().leave(5_000, room, 11).join(7_200, room, 12).stop(7_300, room, "sid-1", recorder);
      return story.start(startMs, room, "sid-2", next).leave(20_000, room, 12).stop(22_000, room, "sid-2", next);
    };
    expect(broken(history(9_200))).toEqual([]);
    expect(broken(history(9_201))).toEqual(["I3"]);
  });

  test("a recorder stopped in an occupied channel is a violation without any slack", () => {
    const history = recorded().stop(10_000, room, "sid-1", recorder).start(10_500, room, "sid-2", next);
    const judgement = judge(ended(history, "sid-2", next));
    expect(judgement.violations).toMatchObject([{ invariant: "I3" }]);
    expect(judgement.longestGap?.cause).toBe("unknown");
  });

  test("somebody who returns within the grace to a dead recorder is found by coverAfter + workSlack", () => {
    const history = (startMs: number): HistoryBuilder => {
      const story = recorded()
        .leave(5_000, room, 11)
        .killSilently(5_500, room, "sid-1", recorder)
        .join(6_000, room, 11);
      return ended(story.start(startMs, room, "sid-2", next), "sid-2", next);
    };
    expect(broken(history(11_000))).toEqual([]);
    expect(broken(history(11_001))).toEqual(["I3"]);
  });

  test("a little beyond the grace autorec may still take it for the same session", () => {
    const history = (joinMs: number): HistoryBuilder => {
      const story = recorded()
        .leave(5_000, room, 11)
        .killSilently(5_500, room, "sid-1", recorder)
        .join(joinMs, room, 11);
      return ended(story.start(joinMs + 5_000, room, "sid-2", next), "sid-2", next);
    };
    expect(judge(history(8_999))).toMatchObject({ sessions: 2, violations: [] });
    expect(broken(history(9_000))).toEqual(["I3"]);
  });

  test("a rejoin that nobody could hear of: what disturbed autorec since the rejoin counts, not only since the stop", () => {
    const deaf = (startMs: number, resumedAtMs: number): HistoryBuilder =>
      recorded()
        .leave(5_000, room, 11)
        .note(7_000, "process-paused", "consumer", "c-1")
        .join(8_000, room, 11)
        .note(resumedAtMs, "process-resumed", "consumer", "c-1")
        .stop(14_500, room, "sid-1", recorder)
        .start(startMs, room, "sid-2", next)
        .leave(40_000, room, 11)
        .stop(42_000, room, "sid-2", next);
    // 2 000 since the rejoin, of which the clock stands still until the rebalance after the return is over.
    expect(broken(deaf(20_000, 12_000))).toEqual([]);
    expect(broken(deaf(20_001, 12_000))).toEqual(["I3"]);
  });

  test("each rule has its own recovery, and what no rule names has that of the run", () => {
    const recoveries = [
      { channel: "other-*", coverAfterMs: 4_500 },
      { channel: "room-*", coverAfterMs: 500 },
    ];
    expect(broken(restart(2_500, "kill", { recoveries }))).toEqual([]);
    expect(broken(restart(2_501, "kill", { recoveries }))).toEqual(["I3"]);
    expect(broken(restart(5_000, "kill", { recoveries: recoveries.slice(0, 1) }))).toEqual([]);
    expect(
      judge(restart(4_000, "kill"), { recoveries: [{ channel: room, coverAfterMs: 500 }] }).violations,
    ).toHaveLength(1);
  });
});

import { describe, expect, test } from "vitest";
import { broken, day, ended, judge, next, recorded, recorder, room } from "./doctored-day.ts";
import { epochMs, type HistoryBuilder } from "./history-builder.ts";

describe("I2: more than one live recorder", () => {
  test("that nothing explains is a violation from its first moment on", () => {
    const judgement = judge(ended(recorded()).start(5_000, room, "sid-2", next).stop(9_000, room, "sid-2", next));
    expect(judgement).toMatchObject({ overlapsUnexplained: 1 });
    expect(judgement.overlaps).toMatchObject([
      { exception: "none", allowedMs: 0, explained: false, uids: [recorder, next] },
    ]);
    expect(judgement.violations).toMatchObject([{ invariant: "I2", atMs: epochMs + 5_000 }]);
  });

  test("a recorder that comes up in the moment in which the other goes has not met it", () => {
    const history = recorded().kill(5_000, room, "sid-1", recorder).start(5_000, room, "sid-2", next);
    expect(judge(ended(history, "sid-2", next)).overlaps).toEqual([]);
  });

  const ghost = (): HistoryBuilder => day().start(1_300, room, "sid-1", recorder, { answered: false });

  test("a ghost may stay until the channel has been empty for maxIdle + migrationMax", () => {
    const history = ended(ghost().start(3_000, room, "sid-2", next), "sid-2", next).exit(
      40_000,
      room,
      "sid-1",
      recorder,
      "idle",
    );
    expect(judge(history)).toMatchObject({
      violations: [],
      overlaps: [{ exception: "ghost", explained: true, allowedMs: 20_000 + 24_000 - 3_000 }],
      counts: { lostAnswers: 1 },
    });
  });

  test("a start that took effect under another answer than 200 is a ghost", () => {
    const story = day().start(1_300, room, "sid-1", recorder, { status: 500, code: 500, fault: "answer" });
    const history = ended(story.start(3_000, room, "sid-2", next), "sid-2", next).exit(
      40_000,
      room,
      "sid-1",
      recorder,
      "idle",
    );
    expect(judge(history)).toMatchObject({ violations: [], overlaps: [{ exception: "ghost" }] });
  });

  test("a ghost beyond its bound breaks I4 in the empty channel and is not counted as left behind", () => {
    const history = ended(ghost().start(3_000, room, "sid-2", next), "sid-2", next);
    const judgement = judge(history);
    expect(judgement.violations).toMatchObject([{ invariant: "I4", atMs: epochMs + 44_000 }]);
    expect(judgement).toMatchObject({ leftBehind: 0, ghostsLive: 1 });
  });

  test("a ghost beyond its bound does not excuse a later overlap", () => {
    const history = ended(ghost().start(3_000, room, "sid-2", next), "sid-2", next);
    history.join(50_000, room, 12).start(50_300, room, "sid-3", next + 2);
    expect(broken(history)).toEqual(["I4", "I2"]);
  });

  test("a recorder whose client was killed within the call's limit after the answer is a ghost, a later death makes none", () => {
    const story = (killedAtMs: number): HistoryBuilder =>
      ended(
        recorded().note(killedAtMs, "process-killed", "consumer", "consumer-1").start(6_000, room, "sid-2", next),
        "sid-2",
        next,
      ).exit(41_000, room, "sid-1", recorder, "idle");
    expect(judge(story(3_000)).overlaps).toMatchObject([{ exception: "ghost", explained: true }]);
    expect(broken(story(3_400))).toContain("I2");
  });

  const cover = (stoppedAtMs: number): HistoryBuilder => {
    const history = recorded().migrate(5_000, room, "sid-1", [recorder, 77], 4_000);
    history.request(5_500, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
    history.request(8_500, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
    history.start(8_800, room, "sid-2", next).stop(stoppedAtMs, room, "sid-1", 77);
    return history
      .join(8_900, room, 12)
      .leave(40_000, room, 12)
      .leave(40_000, room, 11)
      .stop(42_100, room, "sid-2", next);
  };

  test("cover: the suspected recorder that came back may stay for spacing404 + migrationMax + workSlack", () => {
    expect(judge(cover(9_000 + 10_500))).toMatchObject({
      violations: [],
      overlaps: [{ exception: "cover", allowedMs: 10_500 }],
    });
    expect(judge(cover(9_000 + 10_501)).violations).toMatchObject([{ invariant: "I2", atMs: epochMs + 19_500 }]);
  });

  test("cover: a 404 of the gateway is no observation of the recorder", () => {
    const history = recorded();
    for (const atMs of [5_000, 8_500])
      history.request(atMs, room, { call: "query", sid: "sid-1", status: 404, applied: false });
    history.start(8_800, room, "sid-2", next).stop(9_500, room, "sid-1", recorder);
    expect(broken(ended(history, "sid-2", next))).toEqual(["I2"]);
  });

  test("cover: two 404 answers spacing404 apart give reaping 3 · spacing404", () => {
    const history = (endMs: number): HistoryBuilder => {
      const story = recorded();
      for (const atMs of [5_000, 9_500])
        story.request(atMs, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
      story.start(10_000, room, "sid-2", next).stop(endMs, room, "sid-1", recorder);
      return story.leave(40_000, room, 11).stop(42_000, room, "sid-2", next);
    };
    expect(judge(history(23_500))).toMatchObject({
      violations: [],
      overlaps: [{ exception: "cover", allowedMs: 13_500 }],
    });
    expect(broken(history(23_501))).toEqual(["I2"]);
  });

  /** The channel empties at 5 s; the stop is sent at 7.1 s, somebody joins at 7.2 s, the old recorder goes late. */
  const rejoin = (goneAtMs: number, stopSentMs = 7_100): HistoryBuilder => {
    const history = recorded().leave(5_000, room, 11).join(7_200, room, 12).start(7_500, room, "sid-2", next);
    history
      .request(stopSentMs, room, { call: "stop", sid: "sid-1", uid: recorder })
      .exit(goneAtMs, room, "sid-1", recorder, "stop");
    return history.leave(30_000, room, 12).stop(32_000, room, "sid-2", next);
  };

  test("rejoin during a stop: the old recorder may stay until grace + stopSlack after the leave", () => {
    expect(judge(rejoin(10_000))).toMatchObject({
      violations: [],
      overlaps: [{ exception: "rejoin", allowedMs: 2_500 }],
    });
    expect(broken(rejoin(10_001))).toEqual(["I2"]);
  });

  test("rejoin during a stop: a stop sent when the join had long been known excuses nothing", () => {
    expect(judge(rejoin(9_600, 9_200)).violations).toEqual([]);
    expect(broken(rejoin(9_600, 9_300))).toEqual(["I2"]);
  });

  test("rejoin during a stop: a failed stop grants its backoff and workSlack", () => {
    const history = rejoin(11_000).request(9_500, room, {
      call: "stop",
      sid: "sid-1",
      status: 500,
      code: 500,
      applied: false,
      fault: "answer",
    });
    expect(judge(history).violations).toEqual([]);
  });

  test("replaced: after the answer 20 the old recorder may stay for stopSlack + workSlack", () => {
    const history = (goneAtMs: number): HistoryBuilder => {
      const story = recorded().request(5_000, room, { call: "query", sid: "sid-1", recorderStatus: 20 });
      return ended(story.start(5_300, room, "sid-2", next).stop(goneAtMs, room, "sid-1", recorder), "sid-2", next);
    };
    expect(judge(history(10_300))).toMatchObject({
      violations: [],
      overlaps: [{ exception: "replaced", allowedMs: 5_000 }],
    });
    expect(broken(history(10_301))).toEqual(["I2"]);
  });

  test("replaced: an answer 20 that came after the new recorder excuses nothing", () => {
    const story = recorded().start(5_000, room, "sid-2", next);
    story
      .request(5_300, room, { call: "query", sid: "sid-1", recorderStatus: 20 })
      .stop(6_000, room, "sid-1", recorder);
    expect(broken(ended(story, "sid-2", next))).toEqual(["I2"]);
  });

  test("replaced: status 0–3 counts only after the confirm limit", () => {
    const history = (atMs: number): HistoryBuilder => {
      const story = recorded().request(atMs, room, { call: "query", sid: "sid-1", recorderStatus: 3 });
      return ended(story.start(12_000, room, "sid-2", next).stop(13_000, room, "sid-1", recorder), "sid-2", next);
    };
    expect(broken(history(10_299))).toEqual(["I2"]);
    expect(broken(history(10_300))).toEqual([]);
  });

  test("control lost: the third 433 makes the recorder as good as a ghost", () => {
    const history = (answers: readonly number[]): HistoryBuilder => {
      const story = recorded();
      for (const atMs of answers)
        story.request(atMs, room, { call: "query", sid: "sid-1", status: 400, code: 433, applied: false });
      return story.start(9_000, room, "sid-2", next).leave(20_000, room, 11).stop(22_000, room, "sid-2", next);
    };
    expect(judge(history([5_000, 6_000, 7_000])).overlaps).toMatchObject([
      { exception: "control_lost", explained: true },
    ]);
    expect(judge(history([5_000, 6_000])).overlapsUnexplained).toBe(1);
  });

  test("a chain of ghost, lost and covering recorder is explained link by link", () => {
    const history = ghost().start(3_000, room, "sid-2", next).migrate(5_000, room, "sid-2", [next, 78], 4_000);
    history.start(8_500, room, "sid-3", next + 2).stop(12_000, room, "sid-2", 78);
    history
      .leave(20_000, room, 11)
      .stop(22_000, room, "sid-3", next + 2)
      .exit(40_000, room, "sid-1", recorder, "idle");
    expect(judge(history)).toMatchObject({ violations: [], overlapsUnexplained: 0 });
  });
});

describe("I2: a rotation, the new recorder before the old one goes", () => {
  const second = 4_000_000_003;
  const rotated = (metAtMs: number, endMs: number): HistoryBuilder =>
    ended(recorded().start(metAtMs, room, "sid-2", next).stop(endMs, room, "sid-1", recorder), "sid-2", next);

  test("may last confirm limit + workSlack when the old one has come to its planned age", () => {
    const judgement = judge(rotated(8_000, 18_000), { rotateAfterMs: 8_000 });
    expect(judgement).toMatchObject({ violations: [], overlaps: [{ exception: "rotation", allowedMs: 11_000 }] });
  });

  test("is a violation before that age, and beyond its bound", () => {
    expect(judge(rotated(3_000, 5_000), { rotateAfterMs: 8_000 }).violations).toMatchObject([{ invariant: "I2" }]);
    const late = judge(rotated(8_000, 19_500), { rotateAfterMs: 8_000 });
    expect(late.violations).toMatchObject([{ invariant: "I2", atMs: epochMs + 19_000 }]);
  });

  test("may be ordered by a note, by nothing else", () => {
    expect(judge(rotated(8_000, 10_000)).violations).toMatchObject([{ invariant: "I2" }]);
    expect(judge(rotated(8_000, 10_000).note(7_000, "rotation-ordered")).violations).toEqual([]);
    expect(judge(rotated(8_000, 10_000).note(8_500, "rotation-ordered")).violations).toMatchObject([
      { invariant: "I2" },
    ]);
  });

  test("leaves no excuse to a third recorder", () => {
    const history = rotated(8_000, 12_000)
      .start(9_000, room, "sid-3", next + 2)
      .stop(11_000, room, "sid-3", next + 2);
    expect(judge(history, { rotateAfterMs: 8_000 }).violations).toMatchObject([{ invariant: "I2" }]);
  });

  test("two recorders are right where the rule asks for two, one of each parity", () => {
    const both = (uid: number): HistoryBuilder =>
      ended(recorded().start(2_000, room, "sid-2", uid)).stop(22_200, room, "sid-2", uid);
    expect(judge(both(second), { recorders: 2 })).toMatchObject({ violations: [], overlaps: [], restarts: 0 });
    expect(judge(both(second)).violations).toMatchObject([{ invariant: "I2" }]);
    expect(judge(both(next), { recorders: 2 }).violations).toMatchObject([{ invariant: "I2" }]);
  });
});

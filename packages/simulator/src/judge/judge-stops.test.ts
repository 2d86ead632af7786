import { describe, expect, test } from "vitest";
import { broken, ended, judge, next, recorded, recorder, room } from "./doctored-day.ts";
import { epochMs, type HistoryBuilder } from "./history-builder.ts";
import { judgeHistory } from "./judge-history.ts";

describe("I4: empty channels", () => {
  const stopped = (atMs: number, reason = 1): HistoryBuilder =>
    recorded().leave(20_000, room, 11, { reason }).stop(atMs, room, "sid-1", recorder);

  test("grace (by the reason of the last leave) + stopSlack", () => {
    expect(broken(stopped(25_000))).toEqual([]);
    expect(broken(stopped(25_001))).toEqual(["I4"]);
    expect(broken(stopped(27_000, 2))).toEqual([]);
    expect(broken(stopped(27_001, 2))).toEqual(["I4"]);
  });

  test("a recorder that nobody stops is left behind", () => {
    const judgement = judge(recorded().leave(20_000, room, 11));
    expect(judgement).toMatchObject({ leftBehind: 1, ghostsLive: 0 });
    expect(judgement.violations).toMatchObject([{ invariant: "I4", atMs: epochMs + 25_000 }]);
    expect(judgement.violations[0]?.message).toContain("grace 2000 + stopSlack 3000");
  });

  test("a run that ends before the stop is due leaves nobody behind", () => {
    const lines = recorded().leave(20_000, room, 11).note(24_000, "run-ended").build();
    expect(judgeHistory(lines)).toMatchObject({ leftBehind: 0, violations: [] });
  });

  test("a recorder that starts in a channel that has been empty for long", () => {
    expect(broken(ended(recorded()).start(40_000, room, "sid-2", next))).toContain("I4");
  });

  test("too long is what lies beyond the bound until somebody came, however long the recorder served them", () => {
    const story = recorded().leave(20_000, room, 11).join(26_000, room, 12);
    const { violations } = judge(story.leave(60_000, room, 12).stop(61_000, room, "sid-1", recorder));
    expect(violations).toMatchObject([{ invariant: "I4" }]);
    expect(violations[0]?.message).toContain("1000 ms too long, until somebody came");
  });

  test("a recorder that is there before its join was acknowledged is none in an empty channel", () => {
    const history = ended(recorded()).join(39_990, room, 12, { ackedAtMs: epochMs + 40_030 });
    history.start(40_020, room, "sid-2", next).leave(45_000, room, 12).stop(47_000, room, "sid-2", next);
    expect(judge(history)).toMatchObject({ violations: [], restarts: 0 });
  });

  test("a recorder that was migrating when the channel emptied: + 3 · spacing404", () => {
    const history = (goneAtMs: number): HistoryBuilder =>
      recorded()
        .migrate(19_000, room, "sid-1", [recorder, 77], 4_000)
        .leave(20_000, room, 11)
        .stop(goneAtMs, room, "sid-1", 77);
    expect(broken(history(38_500))).toEqual([]);
    expect(broken(history(38_501))).toEqual(["I4"]);
  });

  test("a recorder out of control ends by Agora's idle exit", () => {
    const story = recorded();
    for (const atMs of [5_000, 6_000, 7_000])
      story.request(atMs, room, { call: "query", sid: "sid-1", status: 400, code: 433, applied: false });
    expect(judge(story.leave(20_000, room, 11).exit(40_000, room, "sid-1", recorder, "idle")).violations).toEqual([]);
  });

  test("a failed stop: its end + pending backoff + workSlack", () => {
    const failed = (goneAtMs: number): HistoryBuilder =>
      stopped(goneAtMs).request(24_000, room, {
        call: "stop",
        sid: "sid-1",
        status: 504,
        code: 62,
        applied: false,
        fault: "answer",
      });
    expect(broken(failed(26_300))).toEqual([]);
    expect(broken(failed(26_301))).toEqual(["I4"]);
  });

  test("a holder that dies on the way: lease + 1000", () => {
    const history = (goneAtMs: number): HistoryBuilder =>
      stopped(goneAtMs).note(1, "process-started", "watchdog", "w-2").note(22_000, "process-killed", "watchdog", "w-1");
    expect(broken(history(32_000))).toEqual([]);
    expect(broken(history(32_001))).toEqual(["I4"]);
  });
});

import { describe, expect, test } from "vitest";
import { broken, day, ended, judge, next, recorded, recorder, room } from "./doctored-day.ts";
import type { HistoryBuilder } from "./history-builder.ts";

describe("outages that notes tell of", () => {
  /** The recorder of `day` is killed at 10 s, the next one comes up after `gapMs`. */
  const restart = (gapMs: number): HistoryBuilder =>
    recorded()
      .kill(10_000, room, "sid-1", recorder)
      .start(10_000 + gapMs, room, "sid-2", next)
      .leave(45_000, room, 11)
      .stop(47_000, room, "sid-2", next);

  test.each([
    ["redis-stopped", "redis-up"],
    ["redis-lost", "redis-rebuilt"],
    ["agora-unreachable", "agora-reachable"],
  ] as const)("%s until %s adds its length + 10000", (from, until) => {
    const history = (gapMs: number): HistoryBuilder => restart(gapMs).note(11_000, from).note(13_000, until);
    expect(broken(history(17_000))).toEqual([]);
    expect(broken(history(17_001))).toEqual(["I3"]);
  });

  test("an outage that nobody ended lasts until the end of the run", () => {
    expect(broken(restart(30_000).note(11_000, "redis-stopped"))).toEqual([]);
  });

  /** `sid-1` is forgotten: another recorder is started beside it, and it ends by itself. */
  const forgotten = (startedAtMs: number): HistoryBuilder => {
    const history = day().start(startedAtMs, room, "sid-1", recorder);
    return ended(history.start(startedAtMs + 5_000, room, "sid-2", next), "sid-2", next).exit(
      40_000,
      room,
      "sid-1",
      recorder,
      "idle",
    );
  };

  test("a start whose answer was on its way when the connections to Agora broke may be a ghost", () => {
    const cut = (cutAtMs: number): HistoryBuilder =>
      forgotten(2_000).note(cutAtMs, "agora-unreachable").note(cutAtMs, "agora-reachable");
    expect(judge(cut(2_500))).toMatchObject({ violations: [], overlaps: [{ exception: "ghost" }] });
    expect(broken(cut(2_501))).toContain("I2");
    // It began 10 ms before it was answered.
    expect(judge(cut(1_490))).toMatchObject({ violations: [], overlaps: [{ exception: "ghost" }] });
    expect(broken(cut(1_489))).toContain("I2");
  });

  test("a start that Redis knew for less than 2000 ms before it lost its data may be a ghost", () => {
    const lost = (lostAtMs: number): HistoryBuilder =>
      forgotten(2_000)
        .note(lostAtMs, "redis-lost")
        .note(lostAtMs + 1_000, "redis-rebuilt");
    expect(judge(lost(4_000))).toMatchObject({ violations: [], overlaps: [{ exception: "ghost" }] });
    expect(broken(lost(4_001))).toContain("I2");
  });

  test("a start that was answered while Redis was not rebuilt may be a ghost, a later one is none", () => {
    const lost = (rebuiltAtMs: number): HistoryBuilder =>
      forgotten(3_000).note(2_500, "redis-lost").note(rebuiltAtMs, "redis-rebuilt");
    expect(judge(lost(3_000))).toMatchObject({ violations: [], overlaps: [{ exception: "ghost" }] });
    expect(broken(lost(2_999))).toContain("I2");
  });
});

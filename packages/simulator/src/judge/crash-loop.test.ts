import { describe, expect, test } from "vitest";
import { broken, day, recorder, room } from "./doctored-day.ts";
import { fastClient } from "./history-builder.ts";
import type { HistoryBuilder } from "./history-builder.ts";

describe("the crash-loop breaker", () => {
  /** Five recorders die one second after they have come; the sixth comes after `gapMs`. */
  const loop = (gapMs: number, lives = [1_000, 1_000, 1_000, 1_000, 1_000], settings = {}): HistoryBuilder => {
    const history = day(settings);
    let atMs = 1_300;
    for (const [i, lifeMs] of lives.entries()) {
      history.start(atMs, room, `sid-${i}`, recorder + 2 * i).kill(atMs + lifeMs, room, `sid-${i}`, recorder + 2 * i);
      atMs += lifeMs + (i === lives.length - 1 ? gapMs : 1_000);
    }
    const uid = recorder + 2 * lives.length;
    return history
      .start(atMs, room, "sid-last", uid)
      .leave(atMs + 1_000, room, 11)
      .stop(atMs + 3_000, room, "sid-last", uid);
  };

  test("five recorders in a row that died early: its wait instead of the claim's backoff", () => {
    expect(broken(loop(5_000 + 6_000))).toEqual([]);
    expect(broken(loop(5_000 + 6_001))).toEqual(["I3"]);
    const slow = { client: { ...fastClient, crashLoopRetryMs: [20_000] } };
    expect(broken(loop(5_000 + 20_000, undefined, slow))).toEqual([]);
    expect(broken(loop(5_000 + 20_001, undefined, slow))).toEqual(["I3"]);
  });

  test("four, or five with one between that recorded for long: the claim's backoff alone", () => {
    const slow = { client: { ...fastClient, crashLoopRetryMs: [20_000] } };
    expect(broken(loop(5_000 + 3_000, [1_000, 1_000, 1_000, 1_000], slow))).toEqual([]);
    expect(broken(loop(5_000 + 3_001, [1_000, 1_000, 1_000, 1_000], slow))).toEqual(["I3"]);
    expect(broken(loop(5_000 + 6_001, [1_000, 1_000, 21_000, 1_000, 1_000], slow))).toEqual(["I3"]);
  });

  test("the sixth early death doubles the wait", () => {
    const six = [1_000, 1_000, 1_000, 1_000, 1_000, 1_000];
    expect(broken(loop(5_000 + 12_000, six))).toEqual([]);
    expect(broken(loop(5_000 + 12_001, six))).toEqual(["I3"]);
  });
});

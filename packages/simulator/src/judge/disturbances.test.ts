import { describe, expect, test } from "vitest";
import type { NoteLine } from "../history/history-line.ts";
import { broken, judge, restart } from "./doctored-day.ts";
import type { HistoryBuilder } from "./history-builder.ts";

describe("a bound's clock stands still", () => {
  /** Killed at 10 s and back after `gapMs`, beside a consumer and a watchdog that live on. */
  const beside = (gapMs: number): HistoryBuilder =>
    restart(gapMs, "kill")
      .note(500, "process-started", "consumer", "c-9")
      .note(500, "process-started", "watchdog", "w-9");
  const allowedOf = (history: HistoryBuilder): number | undefined => judge(history).gaps[1]?.allowedMs;

  test("a killed consumer stops the clock for lease + 1000, its rebalance within, only of the bounds that run then", () => {
    const killed = (gapMs: number, atMs: number): HistoryBuilder =>
      beside(gapMs).note(atMs, "process-killed", "consumer", "consumer-2");
    expect(allowedOf(killed(8_000, 10_100))).toBe(5_000 + 7_000);
    expect(judge(killed(8_000, 10_100)).violations).toEqual([]);
    expect(judge(killed(8_000, 10_100)).longestGap).toMatchObject({ ms: 8_000 });
    expect(broken(killed(8_000, 2_000))).toEqual(["I3"]);
    expect(broken(killed(8_000, 16_000))).toEqual(["I3"]);
  });

  test("a started or resumed consumer stops it for session + rebalance, a paused watchdog for lease + 1000", () => {
    const allowed = (note: NoteLine["note"], role: "consumer" | "watchdog"): number | undefined =>
      allowedOf(beside(4_000).note(10_100, note, role, "x"));
    // It joined its group before it said that it was there.
    expect(allowed("process-started", "consumer")).toBe(5_000 + 6_100);
    expect(allowed("process-resumed", "consumer")).toBe(5_000 + 6_000);
    expect(allowed("process-paused", "watchdog")).toBe(5_000 + 7_000);
    expect(allowed("process-stopped", "consumer")).toBe(5_000);
  });

  test("what disturbs at the same time holds up no longer than what ends last", () => {
    const history = beside(4_000);
    for (const name of ["c-1", "c-2", "c-3"]) history.note(10_100, "process-killed", "consumer", name);
    for (const name of ["w-1", "w-2"]) history.note(10_600, "process-killed", "watchdog", name);
    expect(allowedOf(history)).toBe(5_000 + 7_500);
    expect(allowedOf(history.note(11_000, "redis-stopped").note(12_000, "redis-up"))).toBe(5_000 + 11_900);
    expect(judge(history).gaps[1]?.bound).toContain(
      "disturbed for 11900 (c-1 process-killed: Kafka session + rebalance",
    );
  });

  test("a gap that begins within a disturbance is allowed what is left of it", () => {
    expect(allowedOf(beside(4_000).note(7_000, "process-killed", "watchdog", "w-1"))).toBe(5_000 + 4_000);
  });

  test("the time in which no watchdog ran is added", () => {
    const history = restart(4_000, "killSilently");
    history
      .note(500, "process-started", "watchdog", "w-1")
      .note(10_500, "process-stopped", "watchdog", "w-1")
      .note(13_500, "process-started", "watchdog", "w-1");
    expect(allowedOf(history)).toBe(8_300 + 3_000);
  });

  test("the time in which no consumer ran is added", () => {
    const history = restart(4_000, "kill");
    history
      .note(500, "process-started", "consumer", "c-1")
      .note(10_500, "process-stopped", "consumer", "c-1")
      .note(23_500, "process-started", "consumer", "c-1");
    // And its return.
    expect(allowedOf(history)).toBe(5_000 + 13_000 + 6_000);
  });

  test("a disturbance whose effect is over adds nothing, whatever longer one is beside it", () => {
    const history = restart(4_000, "kill").note(9_000, "broker-stopped").note(12_000, "broker-up");
    history.note(2_000, "process-started", "consumer", "c-9");
    expect(allowedOf(history)).toBe(5_000 + 12_000);
  });

  test("a broker outage adds its length + 10000", () => {
    const history = restart(4_000, "kill").note(9_000, "broker-stopped").note(12_000, "broker-up");
    expect(allowedOf(history)).toBe(5_000 + 12_000);
  });
});

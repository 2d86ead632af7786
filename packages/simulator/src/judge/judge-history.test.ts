import { describe, expect, test } from "vitest";
import type { HistoryLine } from "../history/history-line.ts";
import { day, ended, judge, next, recorded, recorder, room } from "./doctored-day.ts";
import { HistoryBuilder } from "./history-builder.ts";
import { judgeHistory } from "./judge-history.ts";

describe("a correct history", () => {
  test("is clean and its figures are right", () => {
    const judgement = judge(ended(recorded()));
    expect(judgement.violations).toEqual([]);
    expect(judgement).toMatchObject({
      sessions: 1,
      starts: 1,
      restarts: 0,
      occupiedMs: 19_000,
      coveredMs: 18_700,
      coverageRatio: 18_700 / 19_000,
      longestGap: { ms: 300, cause: "start_latency", channelName: room },
      longestGapByCause: { start_latency: { ms: 300 } },
      overlaps: [],
      leftBehind: 0,
      seed: 7,
      presenceFrom: "events",
      durationsAssumed: [],
      counts: { joins: 1, leaves: 1, kills: 0, lostAnswers: 0, requests429: 0, requests406: 0 },
    });
  });

  test("a break shorter than the grace is one session, a longer one is two", () => {
    const short = ended(recorded().leave(5_000, room, 11).join(6_900, room, 11));
    const long = ended(
      recorded()
        .leave(5_000, room, 11)
        .stop(7_200, room, "sid-1", recorder)
        .join(8_000, room, 11)
        .start(8_300, room, "sid-2", next),
      "sid-2",
      next,
    );
    expect(judge(short)).toMatchObject({ sessions: 1, starts: 1, restarts: 0, violations: [] });
    expect(judge(long)).toMatchObject({ sessions: 2, starts: 2, restarts: 0, violations: [] });
  });

  test("without events true presence stands in, and the result says so", () => {
    const lines = ended(recorded())
      .build()
      .filter((line) => line.kind !== "event");
    expect(judgeHistory(lines)).toMatchObject({ presenceFrom: "participants", occupiedMs: 19_000, violations: [] });
  });

  test("what it says comes out the same from an asynchronous source", async () => {
    const lines = ended(recorded()).build();
    async function* stream(): AsyncGenerator<HistoryLine> {
      for (const line of lines) yield await Promise.resolve(line);
    }
    expect(await judgeHistory(stream())).toEqual(judgeHistory(lines));
  });

  test("durations that the history does not tell are Agora's real figures, and are named", () => {
    const judgement = judge(day({ client: { workSlackMs: 2_000 } }).start(2_000, room, "sid-1", recorder));
    expect(judgement.durationsAssumed).toContain("leaseMs");
    expect(judgement.durationsAssumed).not.toContain("workSlackMs");
  });
});

describe("I7: quota", () => {
  const throttled = (): HistoryBuilder =>
    ended(recorded())
      .request(5_000, room, { call: "query", status: 429, applied: false })
      .request(5_100, room, { call: "acquire", status: 400, code: 406, applied: false })
      .request(5_200, room, { call: "query", status: 429, applied: false, fault: "answer" });

  test("refusals that no fault injected are counted", () => {
    expect(judge(throttled())).toMatchObject({ counts: { requests429: 1, requests406: 1 }, violations: [] });
  });

  test("they are violations only where the quota is judged", () => {
    const judgement = judge(throttled(), { quotaIsJudged: true });
    expect(judgement.violations.map((violation) => violation.invariant)).toEqual(["I7", "I7"]);
  });
});

test("the work grows with the lines, not with their square: one endless session of thousands of kills", () => {
  const history = new HistoryBuilder().join(1_000, room, 11).start(1_300, room, "ghost", next - 1, { answered: false });
  for (let i = 0; i < 4_000; i += 1) {
    const atMs = 2_000 + i * 8_000;
    const uid = 4_000_000_000 + 2 * i;
    history.start(atMs, room, `sid-${i}`, uid).request(atMs + 100, room, { call: "query", sid: `sid-${i}` });
    history.kill(atMs + 5_000, room, `sid-${i}`, uid);
  }
  const lines = history.build();
  // CPU time: on a busy machine the wall clock says nothing. Measured 0.3 s; with a scan per overlap it is 4 s.
  const before = process.cpuUsage();
  expect(judgeHistory(lines)).toMatchObject({ starts: 4_001, overlapsUnexplained: 0 });
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
}, 30_000);

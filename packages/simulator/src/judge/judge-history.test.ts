import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistoryLine } from "../history/history-line.ts";
import { epochMs, HistoryBuilder } from "./history-builder.ts";
import { judgeHistory, type JudgeOptions } from "./judge-history.ts";
import type { Judgement } from "./judgement.ts";

const room = "room-1";
const recorder = 4_000_000_002;
const next = 4_000_000_004;

/** One person from 1 s to 20 s, recorded from 1.3 s, stopped after the grace; the run ends at 60 s. */
function day(settings = {}): HistoryBuilder {
  return new HistoryBuilder(settings).join(1_000, room, 11).note(60_000, "run-ended");
}

/** The recorder of `day` lives until it is stopped at 22.2 s. */
function recorded(settings = {}): HistoryBuilder {
  return day(settings).start(1_300, room, "sid-1", recorder);
}

function ended(history: HistoryBuilder, sid = "sid-1", uid = recorder): HistoryBuilder {
  return history.leave(20_000, room, 11).stop(22_200, room, sid, uid);
}

function judge(history: HistoryBuilder, options?: JudgeOptions): Judgement {
  return judgeHistory(history.build(), options);
}

function broken(history: HistoryBuilder): readonly string[] {
  return judge(history).violations.map((violation) => violation.invariant);
}

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
    const long = ended(recorded().leave(5_000, room, 11).stop(7_200, room, "sid-1", recorder).join(8_000, room, 11).start(8_300, room, "sid-2", next), "sid-2", next);
    expect(judge(short)).toMatchObject({ sessions: 1, starts: 1, restarts: 0, violations: [] });
    expect(judge(long)).toMatchObject({ sessions: 2, starts: 2, restarts: 0, violations: [] });
  });

  test("without events true presence stands in, and the result says so", () => {
    const lines = ended(recorded()).build().filter((line) => line.kind !== "event");
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

describe("I1: one uid, one member", () => {
  test("a recorder that takes a participant's uid is a clash", () => {
    const judgement = judge(ended(day().start(1_300, room, "sid-1", 11), "sid-1", 11));
    expect(judgement).toMatchObject({ uidClashes: 1 });
    expect(judgement.violations[0]?.message).toContain("uid 11 of a participant");
  });

  test("a participant that takes a live recorder's uid is a clash", () => {
    expect(judge(ended(recorded()).join(3_000, room, recorder)).uidClashes).toBe(1);
  });

  test("two live recorders with one uid are a clash", () => {
    const judgement = judge(ended(recorded()).start(3_000, room, "sid-2", recorder).stop(3_500, room, "sid-2", recorder));
    expect(judgement.uidClashes).toBe(1);
  });

  test("the uid of a recorder that has gone may be used again", () => {
    expect(judge(ended(recorded()).join(30_000, room, recorder).leave(31_000, room, recorder)).uidClashes).toBe(0);
  });
});

describe("I2: more than one live recorder", () => {
  test("that nothing explains is a violation from its first moment on", () => {
    const judgement = judge(ended(recorded()).start(5_000, room, "sid-2", next).stop(9_000, room, "sid-2", next));
    expect(judgement).toMatchObject({ overlapsUnexplained: 1 });
    expect(judgement.overlaps).toMatchObject([{ exception: "none", allowedMs: 0, explained: false, uids: [recorder, next] }]);
    expect(judgement.violations).toMatchObject([{ invariant: "I2", atMs: epochMs + 5_000 }]);
  });

  test("a recorder that comes up in the moment in which the other goes has not met it", () => {
    const history = recorded().kill(5_000, room, "sid-1", recorder).start(5_000, room, "sid-2", next);
    expect(judge(ended(history, "sid-2", next)).overlaps).toEqual([]);
  });

  const ghost = (): HistoryBuilder => day().start(1_300, room, "sid-1", recorder, { answered: false });

  test("a ghost may stay until the channel has been empty for maxIdle + migrationMax", () => {
    const history = ended(ghost().start(3_000, room, "sid-2", next), "sid-2", next).exit(40_000, room, "sid-1", recorder, "idle");
    expect(judge(history)).toMatchObject({
      violations: [],
      overlaps: [{ exception: "ghost", explained: true, allowedMs: 20_000 + 24_000 - 3_000 }],
      counts: { lostAnswers: 1 },
    });
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
      ended(recorded().note(killedAtMs, "process-killed", "consumer", "consumer-1").start(6_000, room, "sid-2", next), "sid-2", next)
        .exit(41_000, room, "sid-1", recorder, "idle");
    expect(judge(story(3_000)).overlaps).toMatchObject([{ exception: "ghost", explained: true }]);
    expect(broken(story(3_400))).toContain("I2");
  });

  const cover = (stoppedAtMs: number): HistoryBuilder => {
    const history = recorded().migrate(5_000, room, "sid-1", [recorder, 77], 4_000);
    history.request(5_500, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
    history.request(8_500, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
    history.start(8_800, room, "sid-2", next).stop(stoppedAtMs, room, "sid-1", 77);
    return history.join(8_900, room, 12).leave(40_000, room, 12).leave(40_000, room, 11).stop(42_100, room, "sid-2", next);
  };

  test("cover: the suspected recorder that came back may stay for spacing404 + migrationMax + workSlack", () => {
    expect(judge(cover(9_000 + 10_500))).toMatchObject({ violations: [], overlaps: [{ exception: "cover", allowedMs: 10_500 }] });
    expect(judge(cover(9_000 + 10_501)).violations).toMatchObject([{ invariant: "I2", atMs: epochMs + 19_500 }]);
  });

  test("cover: a 404 of the gateway is no observation of the recorder", () => {
    const history = recorded();
    for (const atMs of [5_000, 8_500]) history.request(atMs, room, { call: "query", sid: "sid-1", status: 404, applied: false });
    history.start(8_800, room, "sid-2", next).stop(9_500, room, "sid-1", recorder);
    expect(broken(ended(history, "sid-2", next))).toEqual(["I2"]);
  });

  test("cover: two 404 answers spacing404 apart give reaping 3 · spacing404", () => {
    const history = (endMs: number): HistoryBuilder => {
      const story = recorded();
      for (const atMs of [5_000, 9_500]) story.request(atMs, room, { call: "query", sid: "sid-1", status: 404, code: 404, applied: false });
      story.start(10_000, room, "sid-2", next).stop(endMs, room, "sid-1", recorder);
      return story.leave(40_000, room, 11).stop(42_000, room, "sid-2", next);
    };
    expect(judge(history(23_500))).toMatchObject({ violations: [], overlaps: [{ exception: "cover", allowedMs: 13_500 }] });
    expect(broken(history(23_501))).toEqual(["I2"]);
  });

  /** The channel empties at 5 s; the stop is sent at 7.1 s, somebody joins at 7.2 s, the old recorder goes late. */
  const rejoin = (goneAtMs: number, stopSentMs = 7_100): HistoryBuilder => {
    const history = recorded().leave(5_000, room, 11).join(7_200, room, 12).start(7_500, room, "sid-2", next);
    history.request(stopSentMs, room, { call: "stop", sid: "sid-1", uid: recorder }).exit(goneAtMs, room, "sid-1", recorder, "stop");
    return history.leave(30_000, room, 12).stop(32_000, room, "sid-2", next);
  };

  test("rejoin during a stop: the old recorder may stay until grace + stopSlack after the leave", () => {
    expect(judge(rejoin(10_000))).toMatchObject({ violations: [], overlaps: [{ exception: "rejoin", allowedMs: 2_500 }] });
    expect(broken(rejoin(10_001))).toEqual(["I2"]);
  });

  test("rejoin during a stop: a stop sent when the join had long been known excuses nothing", () => {
    expect(judge(rejoin(9_600, 9_200)).violations).toEqual([]);
    expect(broken(rejoin(9_600, 9_300))).toEqual(["I2"]);
  });

  test("rejoin during a stop: a failed stop grants its backoff and workSlack", () => {
    const history = rejoin(11_000).request(9_500, room, { call: "stop", sid: "sid-1", status: 500, code: 500, applied: false, fault: "answer" });
    expect(judge(history).violations).toEqual([]);
  });

  test("replaced: after the answer 20 the old recorder may stay for stopSlack + workSlack", () => {
    const history = (goneAtMs: number): HistoryBuilder => {
      const story = recorded().request(5_000, room, { call: "query", sid: "sid-1", recorderStatus: 20 });
      return ended(story.start(5_300, room, "sid-2", next).stop(goneAtMs, room, "sid-1", recorder), "sid-2", next);
    };
    expect(judge(history(10_300))).toMatchObject({ violations: [], overlaps: [{ exception: "replaced", allowedMs: 5_000 }] });
    expect(broken(history(10_301))).toEqual(["I2"]);
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
      for (const atMs of answers) story.request(atMs, room, { call: "query", sid: "sid-1", status: 400, code: 433, applied: false });
      return story.start(9_000, room, "sid-2", next).leave(20_000, room, 11).stop(22_000, room, "sid-2", next);
    };
    expect(judge(history([5_000, 6_000, 7_000])).overlaps).toMatchObject([{ exception: "control_lost", explained: true }]);
    expect(judge(history([5_000, 6_000])).overlapsUnexplained).toBe(1);
  });

  test("a chain of ghost, lost and covering recorder is explained link by link", () => {
    const history = ghost().start(3_000, room, "sid-2", next).migrate(5_000, room, "sid-2", [next, 78], 4_000);
    history.start(8_500, room, "sid-3", next + 2).stop(12_000, room, "sid-2", 78);
    history.leave(20_000, room, 11).stop(22_000, room, "sid-3", next + 2).exit(40_000, room, "sid-1", recorder, "idle");
    expect(judge(history)).toMatchObject({ violations: [], overlapsUnexplained: 0 });
  });
});

describe("I3: gaps", () => {
  /** The recorder of `day` ends at 10 s, the next one comes up after `gapMs`. */
  const restart = (gapMs: number, how: "kill" | "killSilently", settings = {}): HistoryBuilder =>
    ended(recorded(settings)[how](10_000, room, "sid-1", recorder).start(10_000 + gapMs, room, "sid-2", next), "sid-2", next);

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
    expect(judgement).toMatchObject({ coverageRatio: 0, starts: 0, longestGap: { ms: 19_000, cause: "start_latency" } });
    expect(judgement.violations).toMatchObject([{ invariant: "I3" }]);
  });

  test("a visit shorter than workSlack needs no recorder", () => {
    expect(broken(day().leave(2_900, room, 11))).toEqual([]);
  });

  test("an exit whose leave was published: coverAfter + workSlack", () => {
    expect(judge(restart(5_000, "kill"))).toMatchObject({ violations: [], restarts: 1, longestGap: { ms: 5_000, cause: "recorder_exit" } });
    expect(broken(restart(5_001, "kill"))).toEqual(["I3"]);
  });

  test("a silent exit: 1.1 · poll more", () => {
    expect(judge(restart(8_300, "killSilently"))).toMatchObject({ violations: [], counts: { kills: 1, killsSilent: 1 } });
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

  test("a migration: its window, when that is shorter than the silent bound", () => {
    const migrated = (windowMs: number): HistoryBuilder =>
      ended(recorded().migrate(8_000, room, "sid-1", [recorder, 77], windowMs), "sid-1", 77);
    expect(judge(migrated(4_000))).toMatchObject({ violations: [], longestGap: { cause: "migration" }, counts: { migrations: 1 } });
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
        history.request(atMs, room, { call: "start", uid: recorder, resourceId: "resource-sid-1", applied: false, answered: false, fault: "lose-request" });
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
        history.request(atMs, room, { call: "acquire", uid: recorder, status: 500, code: 500, applied: false, fault: "answer" });
      }
      return ended(history.start(startMs, room, "sid-1", recorder));
    };
    const allowedUntilMs = 5_000 + 400 + 2_000;
    expect(judge(failing(allowedUntilMs))).toMatchObject({ violations: [], longestGap: { cause: "provider_error" } });
    expect(broken(failing(allowedUntilMs + 1))).toEqual(["I3"]);
  });

  test("a provider that does not answer acquire: time limit of the call + backoff + workSlack", () => {
    const history = (startMs: number): HistoryBuilder => {
      const story = day().request(4_000, room, { call: "acquire", uid: recorder, applied: false, answered: false, fault: "lose-request" });
      return ended(story.start(startMs, room, "sid-1", recorder));
    };
    const allowedUntilMs = 4_000 - 10 + 1_000 + 0 + 2_000;
    expect(judge(history(allowedUntilMs))).toMatchObject({ violations: [], longestGap: { cause: "provider_unreachable" } });
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
      const story = recorded().leave(5_000, room, 11).killSilently(5_500, room, "sid-1", recorder).join(6_000, room, 11);
      return ended(story.start(startMs, room, "sid-2", next), "sid-2", next);
    };
    expect(broken(history(11_000))).toEqual([]);
    expect(broken(history(11_001))).toEqual(["I3"]);
  });

  test("a killed consumer adds Kafka session + rebalance and lease + 1000, only to the bounds that run then", () => {
    const addedMs = 6_000 + 7_000;
    const killed = (gapMs: number, atMs: number): HistoryBuilder =>
      restart(gapMs, "kill").note(atMs, "process-killed", "consumer", "consumer-2");
    expect(broken(killed(5_000 + addedMs, 10_100))).toContain("I4");
    expect(judge(killed(8_000, 10_100)).violations).toEqual([]);
    expect(judge(killed(8_000, 10_100)).longestGap).toMatchObject({ ms: 8_000 });
    expect(judge(killed(8_000, 10_100)).gaps[1]?.allowedMs).toBe(5_000 + addedMs);
    expect(broken(killed(8_000, 2_000))).toEqual(["I3"]);
    expect(broken(killed(8_000, 16_000))).toEqual(["I3"]);
  });

  test("a started or resumed consumer adds session + rebalance, a paused watchdog lease + 1000", () => {
    const allowed = (note: string, role: "consumer" | "watchdog"): number | undefined =>
      judge(restart(4_000, "kill").note(2_500, "process-started", "watchdog", "w-2").note(10_100, note, role, "x")).gaps[1]?.allowedMs;
    expect(allowed("process-started", "consumer")).toBe(5_000 + 6_000);
    expect(allowed("process-resumed", "consumer")).toBe(5_000 + 6_000);
    expect(allowed("process-paused", "watchdog")).toBe(5_000 + 7_000);
    expect(allowed("process-stopped", "consumer")).toBe(5_000);
  });

  test("the time in which no watchdog ran is added", () => {
    const history = restart(4_000, "killSilently");
    history.note(500, "process-started", "watchdog", "w-1").note(10_500, "process-stopped", "watchdog", "w-1").note(13_500, "process-started", "watchdog", "w-1");
    expect(judge(history).gaps[1]?.allowedMs).toBe(8_300 + 3_000);
  });

  test("a broker outage adds its length + 10000", () => {
    const history = restart(4_000, "kill").note(9_000, "broker-stopped").note(12_000, "broker-up");
    expect(judge(history).gaps[1]?.allowedMs).toBe(5_000 + 13_000);
  });
});

describe("presence as delivered", () => {
  test("a leave with reason 5 empties nothing", () => {
    const history = ended(recorded().leave(5_000, room, 11, { reason: 5 }));
    expect(judge(history)).toMatchObject({ sessions: 1, occupiedMs: 19_000, violations: [] });
  });

  test("occupancy begins with the acknowledgement of the first copy, not with the join", () => {
    const history = new HistoryBuilder().join(1_000, room, 11, { ackedAtMs: epochMs + 9_000 }).note(60_000, "run-ended");
    expect(judge(ended(history.start(9_300, room, "sid-1", recorder)))).toMatchObject({ violations: [], occupiedMs: 11_000 });
  });

  test("an event with an older clientSeq that is acknowledged later changes nothing", () => {
    const history = ended(recorded()).event(30_000, room, { eventType: 103, uid: 11, clientSeq: "1" });
    expect(judge(history)).toMatchObject({ occupiedMs: 19_000, violations: [] });
  });

  test("clientSeq is compared as a number of any length", () => {
    const history = ended(recorded()).event(30_000, room, { eventType: 103, uid: 11, clientSeq: "16250510307460000000" });
    expect(judge(history).violations).toMatchObject([{ invariant: "I3" }]);
  });

  test("a dropped leave leaves the channel occupied for everybody who reads events", () => {
    const history = recorded().leave(5_000, room, 11, { dropped: true }).join(12_000, room, 11);
    expect(judge(ended(history))).toMatchObject({ sessions: 1, occupiedMs: 19_000, counts: { eventsDropped: 1 }, violations: [] });
  });

  test("recorders, bots and reserved uids occupy nothing", () => {
    const history = ended(recorded());
    history.event(30_000, room, { eventType: 103, uid: 900, clientType: 28 });
    history.event(30_000, room, { eventType: 107, uid: 4_100_000_000 });
    history.event(30_000, room, { eventType: 107, uid: recorder });
    expect(judge(history)).toMatchObject({ occupiedMs: 19_000, violations: [] });
  });

  test("with channelType 1 the audience occupies nothing, a change of role counts", () => {
    const history = new HistoryBuilder({ channelType: 1 }).join(1_000, room, 11, { eventType: 105 }).note(60_000, "run-ended");
    expect(judge(history)).toMatchObject({ occupiedMs: 0, coverageRatio: 1, violations: [] });
    history.event(4_000, room, { eventType: 111, uid: 11 }).event(6_000, room, { eventType: 112, uid: 11 });
    expect(judge(history)).toMatchObject({ occupiedMs: 2_000 });
  });

  test("late copies and the order of acknowledgement of copies change nothing (law)", () => {
    const base = ended(recorded().join(3_000, room, 12).leave(9_000, room, 12, { reason: 2 })).build();
    const clean = judgeHistory(base);
    const events = base.filter((line) => line.kind === "event");
    const copies = fc.array(fc.record({ of: fc.nat(events.length - 1), delayMs: fc.nat(30_000) }), { maxLength: 20 });
    fc.assert(
      fc.property(copies, (delays) => {
        const late = delays.flatMap(({ of, delayMs }, i) => {
          const event = events[of];
          if (event?.ackedAtMs === undefined) return [];
          return [{ ...event, seq: base.length + i + 1, ackedAtMs: event.ackedAtMs + delayMs }];
        });
        const judged = judgeHistory([...base, ...late]);
        expect(judged.violations).toEqual(clean.violations);
        expect(judged.gaps).toEqual(clean.gaps);
      }),
    );
  });
});

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

  test("a recorder that is there before its join was acknowledged is none in an empty channel", () => {
    const history = ended(recorded()).join(39_990, room, 12, { ackedAtMs: epochMs + 40_030 });
    history.start(40_020, room, "sid-2", next).leave(45_000, room, 12).stop(47_000, room, "sid-2", next);
    expect(judge(history)).toMatchObject({ violations: [], restarts: 0 });
  });

  test("a recorder that was migrating when the channel emptied: + 3 · spacing404", () => {
    const history = (goneAtMs: number): HistoryBuilder =>
      recorded().migrate(19_000, room, "sid-1", [recorder, 77], 4_000).leave(20_000, room, 11).stop(goneAtMs, room, "sid-1", 77);
    expect(broken(history(38_500))).toEqual([]);
    expect(broken(history(38_501))).toEqual(["I4"]);
  });

  test("a failed stop: its end + pending backoff + workSlack", () => {
    const failed = (goneAtMs: number): HistoryBuilder =>
      stopped(goneAtMs).request(24_000, room, { call: "stop", sid: "sid-1", status: 504, code: 62, applied: false, fault: "answer" });
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

test("100,000 lines are judged in a few seconds, also when one channel holds them all", () => {
  const history = new HistoryBuilder();
  for (let i = 0; i < 10_000; i += 1) {
    const atMs = 1_000 + i * 10_000;
    const uid = 4_000_000_000 + 2 * i;
    history.join(atMs, room, 11).start(atMs + 300, room, `sid-${i}`, uid);
    history.leave(atMs + 5_000, room, 11).stop(atMs + 7_100, room, `sid-${i}`, uid);
  }
  const lines = history.build();
  expect(lines.length).toBeGreaterThan(100_000);
  const startedAtMs = performance.now();
  expect(judgeHistory(lines)).toMatchObject({ sessions: 10_000, starts: 10_000, restarts: 0, violations: [] });
  expect(performance.now() - startedAtMs).toBeLessThan(8_000);
});

import { describe, expect, it } from "vitest";
import type { Attempt } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  evidence,
  factOf,
  look,
  queryInput,
  resourceOf,
  respOf,
  rule,
  sidOf,
  startInput,
  t0,
  tell,
  viewOf,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import { realDurations } from "./durations.ts";

describe("a suspected recorder", () => {
  const suspectOf = (coverAfterMs: number): ReturnType<typeof attemptIn> => attemptIn("CONF", { coverAfterMs });

  it.each([
    ["eager", 5_000, [5_000]],
    ["standard", 30_000, [5_000, 15_000, 30_000]],
    ["patient", 95_000, [5_000, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000, 95_000]],
  ] as const)("is asked again under %s until capture moves", (_, coverAfterMs, asked) => {
    let view = viewOf({ attempts: [suspectOf(coverAfterMs)], resp: 1 });
    let nowMs = t0;
    const times: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const decision = decide(view, queryInput("notFound", { sentAtMs: nowMs, answeredAtMs: nowMs }), contextAt(nowMs));
      view = after(view, decision);
      if (respOf(decision) !== 1) break;
      nowMs = attemptOf(decision).dueAtMs;
      times.push(nowMs - t0);
    }
    expect(times).toEqual(asked);
    expect(view.record.slots.primary.resp).toBe(2);
    // Patient waits as long as a migration may last: then the recorder is already known to need reaping.
    expect(attemptOf(view.record).st).toBe(coverAfterMs === 95_000 ? "STOPPING" : "CONF");
  });

  it("is not closed and not stopped by one 404 (mutation 8)", () => {
    const decision = tell(viewOf({ attempts: [suspectOf(30_000)], resp: 1 }), queryInput("notFound"));
    expect(attemptOf(decision)).toMatchObject({ st: "CONF", n404: 1, dueAtMs: t0 + 5_000 });
    expect(respOf(decision)).toBe(1);
    expect(decision.calls).toEqual([]);
  });

  it("that nobody could ask stays as suspected as it was", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 5_000, last404AtMs: t0 - 5_000 });
    const decision = tell(viewOf({ attempts: [suspected], resp: 1 }), queryInput("unknown"));
    expect(attemptOf(decision)).toMatchObject({ n404: 1, first404AtMs: t0 - 5_000 });
  });

  it("whose suspicion is older is not cleared by a late sid: a fact is no observation (mutation 22)", () => {
    const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 5_000, last404AtMs: t0 - 5_000 });
    const fact = {
      n: 1,
      kind: "sid" as const,
      slot: "primary" as const,
      session: "s_1",
      uid: suspected.uid,
      mode: "individual" as const,
      resourceId: resourceOf(1),
      sid: sidOf(1),
      atMs: t0 - 1,
    };
    const decision = look(viewOf({ attempts: [suspected], resp: 1, facts: [fact] }));
    expect(attemptOf(decision)).toEqual(suspected);
  });
});

describe("adoption of a ghost", () => {
  const ghost = attemptIn("GHOST", { adoptUntilMs: t0 + 4_000, candidateSid: "sid-c", dueAtMs: t0 });

  it("asks the candidate first", () => {
    expect(look(viewOf({ attempts: [ghost], resp: 1 })).calls).toEqual([{ call: "query", n: 1, sid: "sid-c" }]);
  });

  it("happens when the candidate answers", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("alive", { sid: "sid-c" }));
    expect(attemptOf(decision)).toMatchObject({ st: "CONF", sid: "sid-c" });
    expect(attemptOf(decision).candidateSid).toBeUndefined();
    expect(respOf(decision)).toBe(1);
  });

  it("goes on after a 404, but not beyond the window without a cover", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("notFound", { sid: "sid-c" }));
    expect(attemptOf(decision).dueAtMs).toBe(t0 + 4_000);
    const view = after(viewOf({ attempts: [ghost], resp: 1 }), decision);
    expect(respOf(decide(view, { kind: "look" }, contextAt(t0 + 4_000)))).toBe(2);
  });

  it("does not take an answer about another sid", () => {
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("alive", { sid: "sid-other" }));
    expect(decision.noop).toBe(true);
    expect(attemptOf(decision).st).toBe("GHOST");
  });
});

describe("the confirm schedule", () => {
  it("is 5, 5, 10, then each 15 s", () => {
    let view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    let decision = tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }));
    const waits = [attemptOf(decision).dueAtMs - t0];
    for (let i = 0; i < 4; i += 1) {
      view = after(view, decision);
      decision = tell(view, queryInput("starting"));
      waits.push(attemptOf(decision).dueAtMs - t0);
    }
    expect(waits).toEqual([5_000, 5_000, 10_000, 15_000, 15_000]);
  });

  it("polls a confirmed recorder with a jitter of at most a tenth, spread over channels", () => {
    const waits = Array.from({ length: 50 }, (_, i) => {
      const attempts = [attemptIn("LIVE", { uid: 4_000_000_000 + 2 * i })];
      return attemptOf(tell(viewOf({ attempts, resp: 1 }), queryInput("alive"))).dueAtMs - t0;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(realDurations.pollMs * 0.9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(realDurations.pollMs * 1.1);
    expect(new Set(waits).size).toBeGreaterThan(20);
  });
});

describe("a ghost whose sid an event has named", () => {
  const ghost = attemptIn("GHOST", { candidateSid: sidOf(1), resourceDeadAtMs: t0 - 1 });

  it("keeps it while Agora does not say anything about it, however long that lasts", () => {
    const decision = tell(viewOf({ attempts: [ghost] }), queryInput("unknown"));
    expect(attemptOf(decision).candidateSid).toBe(sidOf(1));
  });

  const deny = (view: ReturnType<typeof viewOf>, nowMs: number): ReturnType<typeof viewOf> =>
    after(view, decide(view, queryInput("notFound", { sentAtMs: nowMs, answeredAtMs: nowMs }), contextAt(nowMs)));

  it("keeps it through a migration, however old its resource is, and adopts it when it is back (mutation 113)", () => {
    let view = viewOf({ attempts: [ghost] });
    for (let nowMs = t0; nowMs <= t0 + 90_000; nowMs += 15_000) view = deny(view, nowMs);
    expect(attemptOf(view.record)).toMatchObject({ st: "GHOST", candidateSid: sidOf(1), n404: 1 });
    const back = attemptOf(tell(view, queryInput("alive")));
    expect(back).toMatchObject({ st: "CONF", sid: sidOf(1), n404: 0 });
  });

  it("drops it with the fourth 404 that counts, as a recorder that is stopped", () => {
    let view = viewOf({ attempts: [ghost] });
    const kept: boolean[] = [];
    for (let i = 0; i < 4; i += 1) {
      view = deny(view, t0 + i * realDurations.spacing404Ms);
      kept.push(attemptOf(view.record).candidateSid !== undefined);
    }
    expect(kept).toEqual([true, true, true, false]);
    expect(attemptOf(view.record).n404).toBe(0);
    expect(attemptOf(view.record).last404AtMs).toBeUndefined();
  });

  it("counts for each sid anew, and goes on counting when the same one is told again", () => {
    const view = deny(viewOf({ attempts: [ghost] }), t0);
    const countOf = (sid: string): number =>
      attemptOf(look({ ...view, facts: [factOf("candidateSid", { sid })] })).n404;
    expect([countOf(sidOf(1)), countOf("sid-other")]).toEqual([1, 0]);
  });

  it("begins anew when it is adopted, also while it is still starting", () => {
    const attempt = attemptOf(tell(deny(viewOf({ attempts: [ghost] }), t0), queryInput("starting")));
    expect(attempt).toMatchObject({ st: "LIVE", n404: 0 });
    expect(attempt.first404AtMs).toBeUndefined();
  });
});

describe("a recorder that is alive", () => {
  const { callQueryMs, callStartMs, confirmLimitMs, pollMs, tickMs, workSlackMs } = realDurations;
  const beforeMs = rule.maxIdleMs - callStartMs - callQueryMs - tickMs - pollMs / 20;
  /** Of one that was seen alive for the first time 5 s after its start. */
  const afterMs = 5_000 + rule.maxIdleMs + workSlackMs + tickMs;

  function nextLookMs(ageMs: number, change: Partial<Attempt> = {}): number {
    const born = { liveAtMs: t0 - ageMs, confAtMs: t0 - ageMs + 5_000 };
    const running = attemptIn("CONF", { ...born, lastAliveAtMs: t0 - 90_000, ...change });
    const { dueAtMs = Infinity } = tell(viewOf({ attempts: [running], resp: 1 }), queryInput("alive"));
    return dueAtMs - t0;
  }

  // Found by the simulation: two that died between polls two minutes apart were taken for two that nobody joined.
  it("is looked at just before and just after the age at which one ends that nobody joins", () => {
    expect(nextLookMs(200_000)).toBe(beforeMs - 200_000);
    expect(nextLookMs(beforeMs + 200)).toBe(afterMs - beforeMs - 200);
  });

  it("is looked at before the earliest of these ages if its sid was learned late, and after the latest if it joined late", () => {
    expect(nextLookMs(200_000, { bornAtMs: t0 - 230_000 })).toBe(beforeMs - 230_000);
    expect(nextLookMs(beforeMs + 200, { confAtMs: t0 - beforeMs + 44_800 })).toBe(afterMs + 39_800 - beforeMs);
    // Confirmed anew after a rebuild: it joined within the limit of a confirmation all the same.
    const joinedByMs = afterMs - 5_000 + confirmLimitMs;
    expect(nextLookMs(joinedByMs - 60_000, { confAtMs: t0 })).toBe(60_000);
  });

  it("is looked at again at once if a look came due while its answer was under way", () => {
    const running = attemptIn("CONF", { liveAtMs: t0 - beforeMs - 50, confAtMs: t0 - beforeMs + 5_000 });
    const decision = tell(viewOf({ attempts: [running], resp: 1 }), queryInput("alive", { sentAtMs: t0 - 100 }));
    expect(decision.calls).toMatchObject([{ call: "query", n: 1 }]);
  });

  it("is polled as usual at any other age, and always if it records a page", () => {
    const leastMs = 0.9 * pollMs;
    for (const ageMs of [60_000, afterMs + 200, 900_000]) expect(nextLookMs(ageMs)).toBeGreaterThanOrEqual(leastMs);
    for (const ageMs of [200_000, beforeMs]) expect(nextLookMs(ageMs, { mode: "web" })).toBeGreaterThanOrEqual(leastMs);
  });
});

import { realDurations } from "@autorec/domain";
import type { Attempt, Call } from "@autorec/domain";
import { describe, expect, it } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";
import { pollAwayMs, requestClass } from "./request-class.ts";

const nowMs = 1_000_000;
const query: Call = { call: "query", n: 1, sid: "s" };

/** The attempt that a first join leads to, as these words change it. */
async function attemptWith(change: Partial<Attempt>): Promise<Attempt> {
  const fixture = openChannelFixture();
  await createReconciler(fixture.deps).reconcile(fixture.ref);
  const attempt = fixture.attempt(1);
  if (attempt === undefined) throw new Error("the first join claims an attempt");
  return { ...attempt, ...change };
}

async function classOf(call: Call, change: Partial<Attempt>): Promise<string> {
  return requestClass(call, await attemptWith(change), { nowMs, durations: realDurations });
}

describe("the class of a call", () => {
  it("is start for acquire and start", async () => {
    expect(await classOf({ call: "acquire", n: 1 }, { st: "CLAIMED" })).toBe("start");
    expect(await classOf({ call: "start", n: 1, send: 1, journalFirst: true }, { st: "READY" })).toBe("start");
  });

  it("is stop for a stop and for the question whether it is done", async () => {
    expect(await classOf({ call: "stop", n: 1, sid: "s" }, { st: "STOPPING" })).toBe("stop");
    expect(await classOf(query, { st: "STOPPING", stopAckAtMs: 1 })).toBe("stop");
  });

  it("is confirm for what was started, restart-check for what is suspected or hinted at, poll for the rest", async () => {
    expect(await classOf(query, { st: "LIVE" })).toBe("confirm");
    expect(await classOf(query, { st: "LIVE", n404: 1 })).toBe("restart-check");
    expect(await classOf(query, { st: "CONF", n404: 1 })).toBe("restart-check");
    expect(await classOf(query, { st: "GHOST", candidateSid: "s" })).toBe("restart-check");
    expect(await classOf(query, { st: "CONF", lastAliveAtMs: nowMs, dueAtMs: nowMs + 1 })).toBe("restart-check");
    expect(await classOf(query, { st: "CONF", lastAliveAtMs: nowMs - 120_000, dueAtMs: nowMs })).toBe("poll");
  });

  it("of a poll that was put off for as long as its recorder may be unseen is confirm", async () => {
    const conf = { st: "CONF", maxIdleMs: 300_000, dueAtMs: nowMs } as const;
    expect(await classOf(query, { ...conf, lastAliveAtMs: nowMs - 218_180 })).toBe("poll");
    expect(await classOf(query, { ...conf, lastAliveAtMs: nowMs - 218_181 })).toBe("confirm");
  });
});

it("a poll without a place comes back a twentieth of its wait later, and no later than it must", async () => {
  const conf = { st: "CONF", maxIdleMs: 300_000 } as const;
  const awayMs = async (aliveMs: number) =>
    pollAwayMs(await attemptWith({ ...conf, lastAliveAtMs: nowMs - aliveMs }), nowMs, realDurations);
  expect(await awayMs(120_000)).toBe(6_000);
  expect(await awayMs(217_000)).toBe(1_181);
  expect(await awayMs(300_000)).toBe(0);
});

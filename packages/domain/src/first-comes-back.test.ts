import { describe, expect, it } from "vitest";
import type { ChannelView } from "./channel-record.ts";
import {
  acquiredInput,
  after,
  attemptIn,
  contextAt,
  evidence,
  queryInput,
  resourceOf,
  rule,
  sidOf,
  startInput,
  stopInput,
  t0,
  viewOf,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Call, Input } from "./decision.ts";

/**
 * A recorder is out of sight, another one covers it, and the first comes back: at any moment between, with the answers in any
 * order. Every order of at most `depth` answers is walked through, then everybody answers the truth.
 */

const depth = 7;

interface World {
  readonly view: ChannelView;
  readonly nowMs: number;
  readonly calls: readonly Call[];
  readonly dueAtMs: number;
  /** The first recorder answers again, for good. */
  readonly isBack: boolean;
}

function told(world: World, input: Input, answered: Call | undefined, isBack = world.isBack): World {
  const rest = world.calls.filter((call) => call !== answered);
  const context = contextAt(world.nowMs, { inFlight: new Set(rest.map(({ n }) => n)) });
  const decision = decide(world.view, input, context);
  const { attempts, slots } = decision.record;
  const { resp } = slots.primary;
  const stopped = Object.values(attempts).filter(({ st }) => st === "STOPPING" || st === "CLOSED");
  // Whoever answers for the slot is never one that is being stopped, and somebody answers or is about to.
  expect(stopped.map(({ n }) => n)).not.toContain(resp);
  expect(resp !== 0 || slots.primary.nextClaimAtMs > 0).toBe(true);
  return {
    view: after(world.view, decision),
    nowMs: world.nowMs,
    calls: [...rest, ...decision.calls],
    dueAtMs: decision.dueAtMs ?? world.nowMs + 1_000,
    isBack,
  };
}

/** Every world that may follow: each call under way may be answered next, each answer as the truth allows. */
function nextWorlds(world: World): readonly World[] {
  if (world.calls.length === 0) {
    const nowMs = Math.max(world.nowMs + 1, world.dueAtMs);
    return [told({ ...world, nowMs }, { kind: "look" }, undefined)];
  }
  const later = { ...world, nowMs: world.nowMs + 150 };
  const answered = world.calls.flatMap((call) =>
    answersTo(later, call).map(({ input, isBack }) => told(later, input, call, isBack)),
  );
  // An answer may also be slower than the next look at the first recorder.
  if (world.calls.some(({ n }) => n === 1)) return answered;
  const meanwhile = { ...world, nowMs: Math.max(world.nowMs + 1, world.dueAtMs) };
  return [...answered, told(meanwhile, { kind: "look" }, undefined)];
}

function answersTo(world: World, call: Call): readonly { readonly input: Input; readonly isBack: boolean }[] {
  const { isBack, nowMs } = world;
  const sent = { n: call.n, sentAtMs: nowMs - 100, answeredAtMs: nowMs };
  const same = (input: Input) => ({ input, isBack });
  switch (call.call) {
    case "acquire":
      return [same(acquiredInput(sent))];
    case "start": {
      const options = { ...sent, send: call.send, resourceId: resourceOf(call.n) };
      const ok = startInput({ ...evidence, outcome: "ok", sid: sidOf(call.n) }, options);
      const lost = startInput({ ...evidence, outcome: "again", schedule: "lost", ambiguous: true }, options);
      return call.send === 1 ? [same(ok), same(lost)] : [same(ok)];
    }
    case "query": {
      const back = { input: queryInput("alive", sent), isBack: isBack || call.n === 1 };
      return call.n !== 1 || isBack ? [back] : [back, same(queryInput("notFound", sent))];
    }
    case "stop":
      return [same(stopInput("done", sent))];
  }
}

/** Everybody answers the truth from now on, the first recorder too, until nothing changes. */
function settled(start: World): World {
  let world: World = { ...start, isBack: true };
  for (let steps = 0; steps < 60; steps += 1) world = nextWorlds(world)[0] ?? world;
  return world;
}

function walk(world: World, left: number, seen: { count: number }): void {
  if (left > 0) {
    for (const next of nextWorlds(world)) walk(next, left - 1, seen);
    return;
  }
  seen.count += 1;
  const { view } = settled(world);
  const attempts = Object.values(view.record.attempts);
  const recording = attempts.filter(({ st }) => st === "LIVE" || st === "CONF");
  expect(recording.map(({ n }) => n)).toEqual([view.record.slots.primary.resp]);
}

describe("the first recorder comes back", () => {
  it.each([
    ["eager", 5_000],
    ["standard", 30_000],
    ["patient", 95_000],
  ])("%s: whenever it does, and whatever is answered first, exactly one of all is left and answers", (_name, cover) => {
    const first = attemptIn("CONF", {
      coverAfterMs: cover,
      n404: 1,
      first404AtMs: t0 - cover,
      last404AtMs: t0 - cover,
      dueAtMs: t0,
    });
    const view = viewOf({ attempts: [first], resp: 1 });
    const seen = { count: 0 };
    const start = { view, nowMs: t0, calls: [], dueAtMs: t0, isBack: false };
    walk(told(start, { kind: "look" }, undefined), depth, seen);
    expect(seen.count).toBeGreaterThan(20);
  });
});

/** Answers 404 from `awayMs` after the last poll on, for `windowMs`; tells when each attempt was claimed. */
function claimsOf(cover: number, windowMs: number): { readonly first404AtMs: number; readonly claimedAtMs: number[] } {
  const first = attemptIn("CONF", { coverAfterMs: cover, dueAtMs: t0 });
  let world: World = { view: viewOf({ attempts: [first], resp: 1 }), nowMs: t0, calls: [], dueAtMs: t0, isBack: false };
  let first404AtMs = 0;
  const claimedAtMs: number[] = [];
  while (world.nowMs < t0 + 300_000) {
    const [call] = world.calls;
    if (call === undefined || call.n !== 1 || call.call !== "query") {
      world = nextWorlds(world)[0] ?? world;
    } else {
      const nowMs = world.nowMs + 150;
      const isAway = nowMs - t0 < windowMs;
      if (isAway) first404AtMs ||= nowMs;
      const outcome = isAway ? "notFound" : "alive";
      world = told({ ...world, nowMs }, queryInput(outcome, { sentAtMs: nowMs - 100, answeredAtMs: nowMs }), call);
    }
    for (const { n, claimedAtMs: atMs } of Object.values(world.view.record.attempts))
      if (n > 1) claimedAtMs[n - 2] = atMs;
  }
  return { first404AtMs, claimedAtMs };
}

describe("coverAfterMs", () => {
  it.each([5_000, 30_000, 95_000])(
    "%i: another recorder is claimed as soon as a 404 has lasted so long, no sooner",
    (cover) => {
      const { claimedAtMs, first404AtMs } = claimsOf(cover, Infinity);
      const waitedMs = (claimedAtMs[0] ?? Infinity) - first404AtMs;
      expect(waitedMs).toBeGreaterThanOrEqual(cover);
      expect(waitedMs).toBeLessThanOrEqual(cover + 1_000);
    },
  );

  it.each([
    [5_000, 4_000],
    [30_000, 25_000],
    [95_000, 90_000],
  ])("%i: a migration of %i ms starts nothing beside it", (cover, windowMs) => {
    expect(claimsOf(cover, windowMs).claimedAtMs).toEqual([]);
  });

  it("is a setting of the rule that the attempt keeps", () => {
    expect(rule.coverAfterMs).toBe(30_000);
  });
});

import type { AttemptState, RetrySchedule } from "@autorec/events";
import { attemptStates, slotNames } from "@autorec/events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt, ChannelRecord, ChannelView, PendingFact, PresenceSummary } from "./channel-record.ts";
import {
  seed,
  after,
  attemptIn,
  contextAt,
  evidence,
  factOf,
  resourceOf,
  rule,
  sidOf,
  t0,
  viewOf,
  wantOff,
  wantOn,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";
import type { Decision, DecideContext, Input } from "./decision.ts";
import { recorderUid } from "./recorder-uid.ts";

/** Laws that hold for every view and every input, whatever the tables say. */

const runs = { numRuns: 150 };

const ago = fc.integer({ min: 0, max: 700_000 }).map((ms) => t0 - ms);
const around = fc.integer({ min: -200_000, max: 200_000 }).map((ms) => t0 + ms);

function attemptArbitrary(n: number): fc.Arbitrary<Attempt> {
  return fc
    .record({
      st: fc.constantFrom(...attemptStates),
      slot: fc.constantFrom(...slotNames),
      dueAtMs: around,
      n404: fc.integer({ min: 0, max: 4 }),
      first404AtMs: ago,
      last404AtMs: ago,
      stopAckAtMs: fc.option(ago, { nil: undefined }),
      adoptUntilMs: fc.option(around, { nil: undefined }),
      candidateSid: fc.option(fc.constantFrom("sid-c", sidOf(1)), { nil: undefined }),
      startSends: fc.integer({ min: 0, max: 4 }),
      tries: fc.integer({ min: 0, max: 9 }),
      retries: fc.integer({ min: 0, max: 9 }),
      aliveAtMs: ago,
      controlLost: fc.boolean(),
      rotating: fc.boolean(),
      rotateAtMs: fc.option(around, { nil: undefined }),
      storageErrorAtMs: fc.option(ago, { nil: undefined }),
      ruleHash: fc.constantFrom(rule.hash, rule.hash, "rule-old"),
    })
    .map((drawn) => validAttempt(n, drawn));
}

interface Drawn {
  readonly st: AttemptState;
  readonly slot: "primary" | "secondary";
  readonly dueAtMs: number;
  readonly n404: number;
  readonly first404AtMs: number;
  readonly last404AtMs: number;
  readonly stopAckAtMs: number | undefined;
  readonly adoptUntilMs: number | undefined;
  readonly candidateSid: string | undefined;
  readonly startSends: number;
  readonly tries: number;
  readonly retries: number;
  readonly aliveAtMs: number;
  readonly controlLost: boolean;
  readonly rotating: boolean;
  readonly rotateAtMs: number | undefined;
  readonly storageErrorAtMs: number | undefined;
  readonly ruleHash: string;
}

/** Only what can be stored: the fields that belong to the state. */
function validAttempt(n: number, drawn: Drawn): Attempt {
  const { st, slot, dueAtMs, tries, controlLost, rotating, retries: r } = drawn;
  const base = attemptIn(st, {
    n,
    slot,
    dueAtMs,
    tries,
    ruleHash: drawn.ruleHash,
    ...(drawn.rotateAtMs === undefined ? {} : { rotateAtMs: drawn.rotateAtMs }),
    retryStep: { acquire: r, start: r, wait: r, query: r, stop: r },
  });
  const isStarted = st === "LIVE" || st === "CONF" || st === "STOPPING" || st === "CLOSED";
  const suspicion = { n404: drawn.n404, first404AtMs: drawn.first404AtMs, last404AtMs: drawn.last404AtMs };
  return {
    ...base,
    ...(st === "CLAIMED" ? {} : { startSends: drawn.startSends }),
    ...(isStarted && drawn.n404 > 0 ? suspicion : {}),
    ...(st === "CONF" ? { lastAliveAtMs: drawn.aliveAtMs, lastQuerySentAtMs: drawn.aliveAtMs } : {}),
    ...(st === "STOPPING" && drawn.stopAckAtMs !== undefined ? { stopAckAtMs: drawn.stopAckAtMs } : {}),
    ...(st === "GHOST" && drawn.adoptUntilMs !== undefined ? { adoptUntilMs: drawn.adoptUntilMs } : {}),
    ...((st === "GHOST" || st === "DOUBT") && drawn.candidateSid !== undefined
      ? { candidateSid: drawn.candidateSid }
      : {}),
    ...(st === "GHOST" || st === "CONF" ? { controlLost } : {}),
    ...(st === "LIVE" || st === "CONF" ? { rotating } : {}),
    ...(isStarted && drawn.storageErrorAtMs !== undefined ? { storageErrorAtMs: drawn.storageErrorAtMs } : {}),
  };
}

const presences: fc.Arbitrary<PresenceSummary> = fc.oneof(
  fc.constant<PresenceSummary>({ count: 2, hosts: 1 }),
  fc.constant<PresenceSummary>({ count: 1, hosts: 0, held: { partition: 0, offset: "9" } }),
  fc
    .record({ emptySinceMs: ago, sinceMs: fc.integer({ min: 0, max: 90_000_000 }), maybeRecorders: fc.nat(2) })
    .map(({ emptySinceMs, sinceMs, maybeRecorders }): PresenceSummary => ({
      ...{ count: 0, hosts: 0, emptySinceMs, hostsEmptySinceMs: emptySinceMs, maybeRecorders },
      doubtful: { count: 1, hosts: 1, sinceMs: t0 - sinceMs },
    })),
  fc
    .record({ emptySinceMs: ago, graceReason: fc.constantFrom(1, 2, 3) })
    .map(({ emptySinceMs, graceReason }): PresenceSummary => ({ count: 0, hosts: 0, emptySinceMs, graceReason })),
);

const facts: fc.Arbitrary<PendingFact> = fc
  .record({
    kind: fc.constantFrom(
      "sid" as const,
      "stopAccepted" as const,
      "newUid" as const,
      "candidateSid" as const,
      "exitSaid" as const,
      "idleSaid" as const,
      "storageError" as const,
      "rotate" as const,
      "retry" as const,
    ),
    n: fc.integer({ min: 1, max: 6 }),
    resource: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ kind, n, resource }) => {
    const change = { n, resourceId: resourceOf(resource), sid: sidOf(resource), newUid: 4_200_000_000 + n };
    return factOf(kind, change);
  });

const views: fc.Arbitrary<ChannelView> = fc
  .integer({ min: 0, max: 4 })
  .chain((count) =>
    fc.record({
      attempts: fc.tuple(...Array.from({ length: count }, (_, i) => attemptArbitrary(i + 1))),
      want: fc.constantFrom(wantOn, wantOff),
      resp: fc.integer({ min: 0, max: 5 }),
      resp2: fc.integer({ min: 0, max: 5 }),
      presence: presences,
      lookAtMs: fc.option(ago, { nil: undefined }),
      facts: fc.array(facts, { maxLength: 2 }),
      online: fc.boolean(),
      backoffStep: fc.integer({ min: 0, max: 6 }),
      nextClaimAtMs: fc.constantFrom(0, t0 - 1, t0 + 5_000),
      blocked: fc.boolean(),
      earlyDeaths: fc.integer({ min: 0, max: 6 }),
      loopBlocks: fc.integer({ min: 0, max: 6 }),
    }),
  )
  .map((drawn) => {
    // Stored is only what the rules leave behind: an attempt answers for its own slot.
    const own = (slot: string, resp: number): number =>
      drawn.attempts.some((attempt) => attempt.n === resp && attempt.slot === slot) ? resp : 0;
    const { backoffStep, nextClaimAtMs, earlyDeaths, loopBlocks } = drawn;
    const block = drawn.blocked ? { blockedUntilMs: t0 + 9, blockedCause: "x", blockedRuleHash: rule.hash } : {};
    return viewOf({
      attempts: drawn.attempts,
      want: drawn.want,
      resp: own("primary", drawn.resp),
      slot: { backoffStep, nextClaimAtMs, earlyDeaths, loopBlocks, ...block },
      secondary: { resp: own("secondary", drawn.resp2), nextK: drawn.attempts.length },
      presence: drawn.presence,
      facts: drawn.facts,
      reservedUids: new Map(drawn.attempts.map((attempt) => [attempt.uid, { online: drawn.online }])),
      ...(drawn.lookAtMs === undefined ? {} : { lookAtMs: drawn.lookAtMs }),
    });
  });

const schedules: fc.Arbitrary<RetrySchedule> = fc.constantFrom(
  "code65",
  "serverError",
  "lost",
  "others",
  "throttled",
  "overWorkers",
  "noCode",
  "unauthorized",
);

const inputs: fc.Arbitrary<Input> = fc
  .record({
    n: fc.integer({ min: 1, max: 5 }),
    sentAtMs: ago,
    answeredAtMs: ago,
    schedule: schedules,
    tried: fc.boolean(),
    send: fc.integer({ min: 1, max: 4 }),
    sid: fc.constantFrom("own", "sid-c", "sid-other"),
    which: fc.integer({ min: 0, max: 24 }),
  })
  .map((drawn): Input => {
    const { n, schedule, send } = drawn;
    const answered = { n, sentAtMs: Math.min(drawn.sentAtMs, drawn.answeredAtMs), answeredAtMs: drawn.answeredAtMs };
    const limit = drawn.tried ? { triesMax: 3 } : {};
    const resourceId = resourceOf(n);
    const sid = drawn.sid === "own" ? sidOf(n) : drawn.sid;
    const all: readonly Input[] = [
      { kind: "look" },
      { kind: "journalRefused", n, send },
      { kind: "postponed", n, retryInMs: 500, ...(drawn.tried ? { send } : {}) },
      { kind: "acquire", ...answered, answer: { ...evidence, outcome: "ok", resourceId: `fresh-${n}` } },
      { kind: "acquire", ...answered, answer: { ...evidence, outcome: "again", schedule, ...limit } },
      { kind: "acquire", ...answered, answer: { ...evidence, outcome: "wait", schedule, ...limit } },
      { kind: "acquire", ...answered, answer: { ...evidence, outcome: "never" } },
      { kind: "start", ...answered, resourceId, send, answer: { ...evidence, outcome: "ok", sid: sidOf(n) } },
      {
        kind: "start",
        ...answered,
        resourceId,
        send,
        answer: { ...evidence, outcome: "again", schedule, ambiguous: true },
      },
      { kind: "start", ...answered, resourceId, send, answer: { ...evidence, outcome: "wait", schedule, ...limit } },
      ...(["started", "conflict", "newResource", "never"] as const).map((outcome): Input => ({
        kind: "start",
        ...answered,
        resourceId,
        send,
        answer: { ...evidence, outcome },
      })),
      ...(["alive", "starting", "ending", "abnormal"] as const).map((outcome): Input => ({
        kind: "query",
        ...answered,
        sid,
        answer: { ...evidence, outcome, status: 5 },
      })),
      ...(["notFound", "unknown", "controlLost"] as const).map((outcome): Input => ({
        kind: "query",
        ...answered,
        sid,
        answer: { ...evidence, outcome },
      })),
      ...(["done", "exiting", "notFound", "unknown", "controlLost"] as const).map((outcome): Input => ({
        kind: "stop",
        ...answered,
        sid,
        answer: { ...evidence, outcome },
      })),
    ];
    return all[drawn.which % all.length] ?? { kind: "look" };
  });

const contexts: fc.Arbitrary<DecideContext> = fc
  .record({
    inFlight: fc.subarray([1, 2, 3, 4]),
    slots: fc.constantFrom(["primary"] as const, ["primary", "secondary"] as const),
    hasRule: fc.constantFrom(true, true, true, false),
    channelType: fc.constantFrom(0 as const, 1 as const),
    otherRulesAlive: fc.boolean(),
    control: fc.constantFrom("run", "run", "run", "holdStarts", "handsOff", "stopAll"),
    knows: fc.constantFrom(true, true, true, false),
    entropy: fc.nat(),
  })
  .map(({ inFlight, slots, hasRule, channelType, knows, ...rest }) =>
    contextAt(t0, {
      ...rest,
      inFlight: new Set(inFlight),
      rule: hasRule ? { ...rule, slots, channelType } : undefined,
      knowsRule: () => knows,
    }),
  );

/** What every stored attempt must be, as SPEC.md numbers it. */
function faultsOf(attempt: Attempt): readonly string[] {
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) faults.push(`attempt ${attempt.n} in ${attempt.st}: ${what}`);
  };
  const hasSid = attempt.st === "LIVE" || attempt.st === "CONF" || attempt.st === "STOPPING";
  must((attempt.st === "CLOSED") === (attempt.closedAtMs !== undefined), "closedAtMs exactly when CLOSED");
  if (hasSid) must(attempt.sid !== undefined, "has a sid");
  if (attempt.st !== "CLAIMED" && attempt.st !== "CLOSED") must(attempt.resourceId !== undefined, "has a resource");
  if (attempt.st === "CLAIMED") must(attempt.resourceId === undefined, "has no resource");
  if (attempt.st === "CONF")
    must(attempt.confAtMs !== undefined && attempt.lastAliveAtMs !== undefined, "was seen alive");
  must(attempt.knownUids.includes(attempt.uid), "knows its own uid");
  must(Number.isFinite(attempt.dueAtMs), "has a due time");
  must(attempt.n404 === 0 || attempt.last404AtMs !== undefined, "knows when its 404 was counted");
  return faults;
}

function recordFaults(record: ChannelRecord): readonly string[] {
  const attempts = Object.values(record.attempts);
  const slots = slotNames.flatMap((slot) => {
    const { resp } = record.slots[slot];
    const responsible = record.attempts[resp];
    if (resp === 0) return [];
    if (responsible === undefined) return [`slot ${slot} names attempt ${resp}, which is missing`];
    const fits = ["CLAIMED", "READY", "LIVE", "CONF", "GHOST"].includes(responsible.st) && responsible.slot === slot;
    return fits ? [] : [`slot ${slot}: attempt ${resp} in ${responsible.st} cannot answer for it`];
  });
  return [...attempts.flatMap(faultsOf), ...slots];
}

function decideOn(view: ChannelView, input: Input, context: DecideContext): Decision {
  return decide(view, input, context);
}

/** The one way in which an announcement is withdrawn: its holder knows that it did not leave. */
function isTakenBack(input: Input, attempt: Attempt): boolean {
  if (input.kind !== "journalRefused" && input.kind !== "postponed") return false;
  return input.n === attempt.n && input.send === attempt.startSends;
}

describe("for every view and every input", () => {
  it("a decision is made, and what it stores is valid", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        expect(recordFaults(decideOn(view, input, context).record)).toEqual([]);
      }),
      runs,
    );
  });

  it("an attempt has at most one call, and none while one is under way", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const called = decideOn(view, input, context).calls.map((call) => call.n);
        expect(new Set(called).size).toBe(called.length);
        expect(called.filter((n) => context.inFlight.has(n))).toEqual([]);
      }),
      runs,
    );
  });

  it("numbers and k only grow, announced sends too unless the last one did not leave; a uid and a resource never change", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const { record } = decideOn(view, input, context);
        for (const slot of slotNames)
          expect(record.slots[slot].nextK).toBeGreaterThanOrEqual(view.record.slots[slot].nextK);
        const newest = Math.max(0, ...Object.keys(view.record.attempts).map(Number));
        expect(Math.max(0, ...Object.keys(record.attempts).map(Number))).toBeGreaterThanOrEqual(newest);
        for (const before of Object.values(view.record.attempts)) {
          const now = record.attempts[before.n];
          if (now === undefined) continue;
          expect(now).toMatchObject({ n: before.n, slot: before.slot, k: before.k, uid: before.uid });
          expect(now.startSends).toBeGreaterThanOrEqual(before.startSends - (isTakenBack(input, before) ? 1 : 0));
          if (before.resourceId !== undefined) expect(now.resourceId).toBe(before.resourceId);
        }
      }),
      runs,
    );
  });

  it("no two attempts have one uid (mutation 34)", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const before = new Set(Object.values(view.record.attempts).map((attempt) => attempt.uid));
        const fresh = Object.values(decideOn(view, input, context).record.attempts).filter(
          (attempt) => view.record.attempts[attempt.n] === undefined && attempt.st === "CLAIMED",
        );
        const uids = fresh.map((attempt) => attempt.uid);
        expect(uids.filter((uid) => before.has(uid))).toEqual([]);
        expect(new Set(uids).size).toBe(uids.length);
        for (const { slot, k, uid } of fresh) expect(uid).toBe(recorderUid(seed, slot, k));
      }),
      runs,
    );
  });

  it("who still records ends by P3 only beside a confirmed one that was seen a moment ago, whatever rotates (mutation 16)", () => {
    fc.assert(
      fc.property(views, contexts, (view, context) => {
        const { record } = decideOn({ ...view, facts: [] }, { kind: "look" }, context);
        for (const now of Object.values(record.attempts)) {
          const before = view.record.attempts[now.n];
          const isRetired = now.st === "STOPPING" && (now.cause === "rotated" || now.cause === "surplus");
          if (before === undefined || before.st === "STOPPING" || !isRetired) continue;
          const isAsked = context.rule?.slots.includes(now.slot) ?? true;
          const other = record.attempts[record.slots[isAsked ? now.slot : "primary"].resp];
          expect(other).toMatchObject({ st: "CONF", n404: 0, rotating: false });
          expect(other?.lastAliveAtMs).toBeGreaterThanOrEqual(t0 - context.durations.freshMs);
        }
      }),
      runs,
    );
  });

  it("an acquire is kept apart from all that the other slot holds, and from nothing else", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const { calls, record } = decideOn(view, input, context);
        const attempts = Object.values(record.attempts);
        for (const call of calls) {
          if (call.call !== "acquire") continue;
          const slot = record.attempts[call.n]?.slot;
          const held = attempts.filter((a) => a.slot !== slot && ["READY", "LIVE", "CONF", "GHOST"].includes(a.st));
          expect(call.excludeResourceIds ?? []).toEqual(held.map((a) => a.resourceId));
        }
      }),
      runs,
    );
  });

  it("STOPPING ends in CLOSED, or in GHOST when control is lost, and never goes back (mutation 10)", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const { record } = decideOn(view, input, context);
        for (const before of Object.values(view.record.attempts)) {
          if (before.st !== "STOPPING") continue;
          expect(["STOPPING", "CLOSED", "GHOST"]).toContain(record.attempts[before.n]?.st);
        }
      }),
      runs,
    );
  });

  it("a start that may have been sent is never closed by want alone (mutation 2)", () => {
    fc.assert(
      fc.property(views, contexts, (view, context) => {
        const { record } = decideOn({ ...view, facts: [] }, { kind: "look" }, context);
        for (const before of Object.values(view.record.attempts)) {
          if (before.st === "READY" && before.startSends > 0) expect(record.attempts[before.n]?.st).not.toBe("CLOSED");
        }
      }),
      runs,
    );
  });

  it("the due time is never in the past, and an open attempt always has one", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const { record, calls, dueAtMs } = decideOn(view, input, context);
        const waits = Object.values(record.attempts).some(
          (a) => a.st !== "CLOSED" && !context.inFlight.has(a.n) && !calls.some((call) => call.n === a.n),
        );
        if (dueAtMs !== undefined) expect(dueAtMs).toBeGreaterThan(t0);
        if (waits) expect(dueAtMs).toBeDefined();
      }),
      runs,
    );
  });

  it("the same input twice asks for nothing that the first did not ask for", () => {
    fc.assert(
      fc.property(views, inputs, contexts, (view, input, context) => {
        const once = decideOn(view, input, context);
        const inFlight = new Set([...context.inFlight, ...once.calls.map((call) => call.n)]);
        const twice = decideOn(after(view, once), input, { ...context, inFlight });
        const asked = new Set(once.calls.map((call) => call.n));
        // A refusal or a failure told twice counts as two; it may spend the tries, and then capture moves on.
        const moved = Object.keys(twice.record.attempts).length > Object.keys(once.record.attempts).length;
        if (!moved && input.kind === "look") expect(twice.calls).toEqual([]);
        for (const call of twice.calls) expect(asked.has(call.n)).toBe(false);
      }),
      runs,
    );
  });

  it("looking settles: the third look at an unchanged channel decides nothing new", () => {
    fc.assert(
      fc.property(views, contexts, (start, context) => {
        let view = start;
        let inFlight = context.inFlight;
        for (let looks = 0; looks < 2; looks += 1) {
          const decision = decideOn(view, { kind: "look" }, { ...context, inFlight });
          inFlight = new Set([...inFlight, ...decision.calls.map((call) => call.n)]);
          view = after(view, decision);
        }
        const third = decideOn(view, { kind: "look" }, { ...context, inFlight });
        expect(third.calls).toEqual([]);
        expect(third.lifecycle).toEqual([]);
        expect(third.record).toEqual(view.record);
      }),
      runs,
    );
  });

  it("answers that are late, doubled and in any order keep what is stored valid", () => {
    fc.assert(
      fc.property(views, fc.array(inputs, { maxLength: 12 }), contexts, (start, sequence, context) => {
        let view = start;
        for (const input of [...sequence, ...sequence.toReversed()]) {
          const decision = decideOn(view, input, context);
          expect(recordFaults(decision.record)).toEqual([]);
          view = after(view, decision);
        }
      }),
      { numRuns: 50 },
    );
  });
});

import type { AttemptState } from "@autorec/events";
import { attemptStates } from "@autorec/events";
import { expect, test } from "vitest";
import { after, attemptIn, look, queryInput, rule, sidOf, t0, tell, viewOf } from "./channel-fixture.ts";
import type { Attempt, ChannelRecord, ChannelView } from "./channel-record.ts";
import { realDurations } from "./durations.ts";
import { rebuildRecord } from "./rebuild-record.ts";

const ref = { appId: "0123456789abcdef0123456789abcdef", channelName: "room-1" };
const rebuild = (...attempts: readonly Attempt[]): ChannelRecord =>
  rebuildRecord({ ref, attempts, nowMs: t0, durations: realDurations });

const becomes: Readonly<Record<AttemptState, AttemptState>> = {
  CLAIMED: "CLOSED",
  READY: "READY",
  LIVE: "LIVE",
  CONF: "LIVE",
  GHOST: "GHOST",
  DOUBT: "DOUBT",
  STOPPING: "STOPPING",
  CLOSED: "CLOSED",
};

test.each(attemptStates)(
  "a journalled %s attempt comes back as protocol.md §10 says, and is looked at at once",
  (st) => {
    const attempt = rebuild(attemptIn(st)).attempts[1];
    expect(attempt?.st).toBe(becomes[st]);
    expect(attempt).toMatchObject({ uid: attemptIn(st).uid, k: 0, journaled: true });
    if (becomes[st] !== "CLOSED") expect(attempt?.dueAtMs).toBe(t0);
  },
);

test("a resource that is too old for a start makes its attempt a doubt, since the start may have been sent", () => {
  expect(rebuild(attemptIn("READY", { acquireSentAtMs: t0 - 240_000 })).attempts[1]?.st).toBe("DOUBT");
  expect(rebuild(attemptIn("READY", { acquireSentAtMs: t0 - 239_999 })).attempts[1]?.st).toBe("READY");
});

test("no k and no number is given twice, each slot counting its own", () => {
  const record = rebuild(
    attemptIn("CLOSED", { n: 7, k: 4 }),
    attemptIn("CONF", { n: 5, k: 3 }),
    attemptIn("STOPPING", { n: 6, k: 9, slot: "secondary" }),
  );
  expect(record.slots).toMatchObject({ primary: { nextK: 5, resp: 5 }, secondary: { nextK: 10, resp: 0 } });
  expect(Object.keys(record.attempts)).toEqual(["5", "6", "7"]);
});

test.each<readonly [string, readonly Attempt[], number]>([
  ["the newest recorder", [attemptIn("CONF", { n: 1 }), attemptIn("LIVE", { n: 2 })], 2],
  ["a recorder before a start", [attemptIn("CONF", { n: 1 }), attemptIn("READY", { n: 2 })], 1],
  ["a start before a suspect", [attemptIn("CONF", { n: 1, n404: 1 }), attemptIn("READY", { n: 2 })], 2],
  ["a recorder that was being rotated out, if nothing else is known", [attemptIn("CONF", { rotating: true })], 1],
  ["a ghost in its window", [attemptIn("GHOST", { n: 1, adoptUntilMs: t0 + 1 })], 1],
  ["nobody, where all is over or doubtful", [attemptIn("DOUBT", { n: 1 }), attemptIn("STOPPING", { n: 2 })], 0],
])("who answers for the slot is %s", (_, attempts, resp) => {
  expect(rebuild(...attempts).slots.primary.resp).toBe(resp);
});

test("an occupied channel goes on in its session: its recorder is queried, and nothing is started or stopped", () => {
  const record = rebuild(attemptIn("CONF"));
  const decision = look({ ...viewOf(), record });
  expect(decision.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
  expect(decision.record.want).toMatchObject({ on: true, sessionId: "s_1", ruleHash: rule.hash });
  expect(decision.lifecycle).toEqual([]);
});

test("a channel that turned out empty has its recorder stopped and its session closed", () => {
  const record = rebuild(attemptIn("CONF"));
  const empty = { count: 0, hosts: 0 };
  const decision = look({ ...viewOf(), record, presence: empty });
  expect(decision.calls).toMatchObject([{ call: "stop", n: 1 }]);
  expect(decision.lifecycle.map((fact) => fact.type)).toEqual(["attempt.stopping", "session.closed"]);
});

// Found by the simulation: a recorder that still had to be stopped brought its session back, and nothing ever closed it.
test("a session that nobody goes on with is closed, though its recorder has still to be stopped", () => {
  const record = rebuild(attemptIn("STOPPING", { n: 1, session: "s_0" }), attemptIn("CONF", { n: 2, k: 1 }));
  const decision = look({ ...viewOf(), record });
  expect(decision.record.sessions).toMatchObject({ s_0: { closedAtMs: t0 } });
  expect(decision.record.sessions["s_1"]?.closedAtMs).toBeUndefined();
  expect(decision.lifecycle).toMatchObject([{ type: "session.closed", sessionId: "s_0" }]);
});

// Found by the simulation: of a visit whose end alone was replayed nobody knows when it ended.
test("a ghost of a channel that is empty, nobody knows since when, is kept for its whole horizon from the rebuild on", () => {
  const record = rebuild(attemptIn("GHOST", { claimedAtMs: t0 - 3_600_000, resourceDeadAtMs: t0 - 3_000_000 }));
  const horizonMs = realDurations.maxIdleMs + 150_000;
  const after = (ms: number) => look({ ...viewOf(), record, presence: { count: 0, hosts: 0 } }, { nowMs: t0 + ms });
  expect(after(horizonMs - 1).record.attempts[1]?.st).toBe("GHOST");
  expect(after(horizonMs).record.attempts[1]?.st).toBe("CLOSED");
});

// Found by the simulation: a second such end in a row was believed, and nobody recorded until the probe.
test("a recorder that had company before the loss does not end as one does that nobody joins", () => {
  const old = attemptIn("CONF", { liveAtMs: t0 - 900_000, lastAliveAtMs: t0 - 100_000 });
  const told = (view: ChannelView, outcome: "alive" | "notFound", ms: number): ChannelView =>
    after(view, tell(view, queryInput(outcome, { sentAtMs: t0 + ms, answeredAtMs: t0 + ms }), { nowMs: t0 + ms }));
  const seen = told({ ...viewOf(), record: rebuild(old) }, "alive", 230_000);
  const missed = told(seen, "notFound", 350_000);
  const cover = queryInput("notFound", { sentAtMs: t0 + 385_000, answeredAtMs: t0 + 385_000 });
  const decision = tell(missed, cover, { nowMs: t0 + 385_000 });
  expect(decision.marks).toEqual([]);
  expect(decision.record.attempts[1]).not.toHaveProperty("endedIdle");
  expect(decision.calls).toMatchObject([{ call: "acquire", n: 2 }]);
});

test("the confirm limit of a recorder counts from the rebuild on: the time without Redis is no fault of it", () => {
  const record = rebuild(attemptIn("LIVE", { liveAtMs: t0 - 900_000 }));
  const startingAfter = (ms: number) =>
    tell({ ...viewOf(), record }, queryInput("starting", { answeredAtMs: t0 + ms }), { nowMs: t0 + ms });
  expect(startingAfter(realDurations.confirmLimitMs).record.attempts[1]?.st).toBe("LIVE");
  expect(startingAfter(realDurations.confirmLimitMs + 1).record.attempts[1]?.cause).toBe("never_confirmed");
});

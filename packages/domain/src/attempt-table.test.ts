import type { AttemptState } from "@autorec/events";
import { attemptStates } from "@autorec/events";
import { describe, expect, it } from "vitest";
import { attemptTable } from "./attempt-table.ts";
import type { Row } from "./attempt-table.ts";
import type { Told } from "./attempt-step.ts";
import { attemptIn, keptDueAtMs, t0 } from "./channel-fixture.ts";
import { realDurations } from "./durations.ts";

/** The state that follows and its due time, ms from now; `kept` = as it was; `poll` = the poll wait ±10 %. */
type Expected = readonly [AttemptState, number | "kept" | "poll"];

const same: Readonly<Record<AttemptState, Expected>> = {
  CLAIMED: ["CLAIMED", "kept"],
  READY: ["READY", "kept"],
  LIVE: ["LIVE", "kept"],
  CONF: ["CONF", "kept"],
  GHOST: ["GHOST", "kept"],
  DOUBT: ["DOUBT", "kept"],
  STOPPING: ["STOPPING", "kept"],
  CLOSED: ["CLOSED", "kept"],
};

/** Written by hand from SPEC.md: first answers of each kind, the attempt's candidate sid where it has no own one. */
const expected: Readonly<Record<Row, Readonly<Record<AttemptState, Expected>>>> = {
  "acquire.ok": { ...same, CLAIMED: ["READY", 0] },
  "acquire.again": { ...same, CLAIMED: ["CLAIMED", 1_000] },
  "acquire.wait": { ...same, CLAIMED: ["CLAIMED", 1_000] },
  "acquire.never": { ...same, CLAIMED: ["CLOSED", 0] },

  "start.ok": { ...same, READY: ["LIVE", 5_000], GHOST: ["LIVE", 5_000], DOUBT: ["LIVE", 0], CLOSED: ["LIVE", 0] },
  "start.started": { ...same, READY: ["GHOST", 15_000], DOUBT: ["GHOST", 0] },
  "start.conflict": { ...same, READY: ["GHOST", 0] },
  "start.again": { ...same, READY: ["READY", 3_000] },
  "start.wait": { ...same, READY: ["READY", 1_000] },
  "start.newResource": { ...same, READY: ["DOUBT", 0] },
  "start.never": { ...same, READY: ["CLOSED", 0] },

  "query.alive": {
    ...same,
    LIVE: ["CONF", "poll"],
    CONF: ["CONF", "poll"],
    GHOST: ["CONF", "poll"],
    DOUBT: ["CONF", "poll"],
    STOPPING: ["STOPPING", 0],
    CLOSED: ["STOPPING", 0],
  },
  "query.starting": {
    ...same,
    LIVE: ["LIVE", 5_000],
    CONF: ["CONF", "poll"],
    GHOST: ["LIVE", 5_000],
    DOUBT: ["LIVE", 5_000],
    STOPPING: ["STOPPING", 0],
  },
  "query.ending": {
    ...same,
    LIVE: ["STOPPING", 0],
    CONF: ["STOPPING", 0],
    GHOST: ["STOPPING", 0],
    DOUBT: ["STOPPING", 0],
    STOPPING: ["STOPPING", 30_000],
  },
  "query.abnormal": {
    ...same,
    LIVE: ["STOPPING", 0],
    CONF: ["STOPPING", 0],
    GHOST: ["STOPPING", 0],
    DOUBT: ["STOPPING", 0],
    STOPPING: ["STOPPING", 0],
  },
  "query.notFound": {
    ...same,
    LIVE: ["LIVE", 5_000],
    CONF: ["CONF", 5_000],
    GHOST: ["GHOST", 5_000],
    DOUBT: ["DOUBT", 5_000],
  },
  "query.unknown": {
    ...same,
    LIVE: ["LIVE", 5_000],
    CONF: ["CONF", 5_000],
    GHOST: ["GHOST", 5_000],
    DOUBT: ["DOUBT", 5_000],
    STOPPING: ["STOPPING", 3_000],
  },
  "query.controlLost": {
    ...same,
    LIVE: ["LIVE", 5_000],
    CONF: ["CONF", 5_000],
    GHOST: ["GHOST", 60_000],
    DOUBT: ["DOUBT", 60_000],
    STOPPING: ["STOPPING", 3_000],
  },

  "stop.done": {
    ...same,
    LIVE: ["STOPPING", 30_000],
    CONF: ["STOPPING", 30_000],
    STOPPING: ["STOPPING", 30_000],
  },
  "stop.exiting": {
    ...same,
    LIVE: ["STOPPING", 30_000],
    CONF: ["STOPPING", 30_000],
    STOPPING: ["STOPPING", 30_000],
  },
  "stop.notFound": { ...same, STOPPING: ["STOPPING", 95_000] },
  "stop.unknown": { ...same, STOPPING: ["STOPPING", 3_000] },
  "stop.controlLost": { ...same, LIVE: ["LIVE", 5_000], CONF: ["CONF", 5_000], STOPPING: ["STOPPING", 3_000] },

  "fact.sid": { ...same, READY: ["LIVE", 5_000], GHOST: ["LIVE", 5_000], DOUBT: ["LIVE", 0], CLOSED: ["LIVE", 0] },
  "fact.stopAccepted": {
    ...same,
    READY: ["STOPPING", 30_000],
    LIVE: ["STOPPING", 30_000],
    CONF: ["STOPPING", 30_000],
    GHOST: ["STOPPING", 30_000],
    DOUBT: ["STOPPING", 30_000],
    STOPPING: ["STOPPING", 30_000],
  },
  "fact.newUid": { ...same, LIVE: ["LIVE", 0], CONF: ["CONF", 0] },
  "fact.candidateSid": { ...same, GHOST: ["GHOST", 0], DOUBT: ["DOUBT", 0] },
  "hint.ownUidJoined": { ...same, DOUBT: ["GHOST", 0] },
  "rule.unknown": { ...same, CLAIMED: ["CLOSED", 0], READY: ["DOUBT", 0] },
  "journal.refused": { ...same, READY: ["READY", 1_000], DOUBT: ["CLOSED", 0] },
  postponed: {
    CLAIMED: ["CLAIMED", 700],
    READY: ["READY", 700],
    LIVE: ["LIVE", 700],
    CONF: ["CONF", 700],
    GHOST: ["GHOST", 700],
    DOUBT: ["DOUBT", 700],
    STOPPING: ["STOPPING", 700],
    CLOSED: ["CLOSED", "kept"],
  },
};

const base: Told = { sentAtMs: t0 - 100, answeredAtMs: t0, detail: "an answer", alarm: false };

/** What the first answer of each kind carries. */
const told: Readonly<Partial<Record<Row, Partial<Told>>>> = {
  "acquire.ok": { resourceId: "resource-1" },
  "acquire.again": { schedule: "others" },
  "acquire.wait": { schedule: "throttled" },
  "start.ok": { sid: "sid-1" },
  "start.again": { schedule: "serverError", ambiguous: true },
  "start.wait": { schedule: "throttled" },
  "start.never": { send: 1 },
  "query.alive": { status: 5 },
  "query.starting": { status: 2 },
  "fact.sid": { sid: "sid-1" },
  "fact.stopAccepted": { sid: "sid-1" },
  "fact.newUid": { newUid: 4_123_456_789 },
  "fact.candidateSid": { sid: "sid-9" },
  "journal.refused": { send: 1 },
  postponed: { retryInMs: 700 },
};

const rows = Object.keys(attemptTable).filter((row): row is Row => row in expected);

describe("the table of states × inputs", () => {
  it("has a row for every input and nothing else", () => {
    expect(Object.keys(attemptTable).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it.each(rows.flatMap((row) => attemptStates.map((state) => [row, state] as const)))("%s on %s", (row, state) => {
    const isUnnamed = state === "GHOST" || state === "DOUBT";
    const before = attemptIn(state, isUnnamed ? { candidateSid: "sid-1" } : {});
    const context = { nowMs: t0, durations: realDurations, wantOn: true, uidClash: false };
    const { attempt } = attemptTable[row][state](before, { ...base, ...told[row] }, context);

    const [nextState, due] = expected[row][state];
    expect(attempt.st).toBe(nextState);
    if (due === "kept") expect(attempt.dueAtMs).toBe(keptDueAtMs);
    else if (due === "poll") {
      expect(attempt.dueAtMs).toBeGreaterThanOrEqual(t0 + 108_000);
      expect(attempt.dueAtMs).toBeLessThanOrEqual(t0 + 132_000);
    } else expect(attempt.dueAtMs).toBe(t0 + due);
    expect({ n: attempt.n, k: attempt.k, uid: attempt.uid }).toEqual({ n: before.n, k: before.k, uid: before.uid });
  });

  it("keeps an attempt whose cell is a no-op exactly as it is", () => {
    const before = attemptIn("CLOSED");
    const context = { nowMs: t0, durations: realDurations, wantOn: true, uidClash: false };
    expect(attemptTable["stop.done"].CLOSED(before, base, context)).toEqual({ attempt: before, effects: [] });
  });
});

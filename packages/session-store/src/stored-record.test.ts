import type { Attempt, PendingFact, Session, Slot, Want } from "@autorec/domain";
import type { LifecycleFact } from "@autorec/events";
import { expect, expectTypeOf, test } from "vitest";
import { readSnapshot } from "./rebuild.ts";
import type { storedAttempt, storedLifecycleFact, storedSession, storedSlot } from "./stored-record.ts";
import { storedFact, storedOutboxEntry, storedWant } from "./stored-record.ts";

// What a type gains and its schema does not know would be stored, and read again unchecked.
// The compiler, not this run, turns red.
test("every field of a stored type is known to its schema", () => {
  expectTypeOf<keyof typeof storedWant.shape>().toEqualTypeOf<keyof Want>();
  expectTypeOf<keyof typeof storedSlot.shape>().toEqualTypeOf<keyof Slot>();
  expectTypeOf<keyof typeof storedSession.shape>().toEqualTypeOf<keyof Session>();
  expectTypeOf<keyof typeof storedAttempt.shape>().toEqualTypeOf<keyof Attempt>();
  expectTypeOf<keyof typeof storedFact.shape>().toEqualTypeOf<keyof PendingFact>();
  expectTypeOf<keyof typeof storedLifecycleFact.shape>().toEqualTypeOf<keyof LifecycleFact>();
});

test.each([
  ["a missing field", { on: true }],
  ["null where a field may be absent", { on: true, cause: "x", sessionId: null }],
  ["another type", { on: "true", cause: "x" }],
])("a want with %s is refused", (_, value) => {
  expect(storedWant.safeParse(value).success).toBe(false);
});

const attempt = {
  ...{ n: 1, slot: "primary", session: "s", k: 0, uid: 4_000_000_000, mode: "mix", ruleHash: "h", st: "LIVE" },
  ...{ maxIdleMs: 1, coverAfterMs: 1, claimedAtMs: 1, dueAtMs: 1, startSends: 1, ambiguous: false, tries: 0 },
  ...{ retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0, newStep: 1 } },
  ...{ tokenIssuedAtS: 1, tokenSalt: 1, tokenLifeS: 1, knownUids: [], controlErrorsAtMs: [], everStatus5: false },
  ...{ n404: 0, journaled: true, controlLost: false, rotating: false, newField: 1 },
} as const;

test("what a newer version has added to an attempt is kept in the journal and on its way there", () => {
  const snapshot = { schemaVersion: 1, rev: "1", attempt };
  expect(readSnapshot("key", JSON.stringify(snapshot)).attempt).toEqual(attempt);
  const fact = { type: "attempt.started", atMs: 1, sessionId: "s", newField: 1 };
  const entry = { lifecycle: [fact], snapshots: [attempt], removed: [] };
  expect(storedOutboxEntry.parse(entry)).toEqual(entry);
});

test("a fact with a field that a newer version has added counts", () => {
  const fact = {
    n: 1,
    kind: "sid",
    slot: "primary",
    session: "s",
    uid: 1,
    mode: "mix",
    sid: "x",
    atMs: 1,
    newField: 1,
  };
  expect(storedFact.parse(fact)).toEqual(fact);
});

test("an outbox entry with a list that is not known here is refused: nobody else would relay it", () => {
  expect(storedOutboxEntry.safeParse({ lifecycle: [], snapshots: [], removed: [], more: [] }).success).toBe(false);
});

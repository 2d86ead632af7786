import type { Attempt, PendingFact, Session, Slot, Want } from "@autorec/domain";
import type { LifecycleFact } from "@autorec/events";
import { expect, expectTypeOf, test } from "vitest";
import type { storedAttempt, storedFact, storedLifecycleFact, storedSession, storedSlot } from "./stored-record.ts";
import { storedWant } from "./stored-record.ts";

// The schemas are strict: a field that a type gains and its schema does not know would be refused at the next reading.
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
  ["an unknown field", { on: true, cause: "x", more: 1 }],
  ["a missing field", { on: true }],
  ["null where a field may be absent", { on: true, cause: "x", sessionId: null }],
  ["another type", { on: "true", cause: "x" }],
])("a want with %s is refused", (_, value) => {
  expect(storedWant.safeParse(value).success).toBe(false);
});

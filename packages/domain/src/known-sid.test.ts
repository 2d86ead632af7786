import { expect, test } from "vitest";
import { attemptIn, emptyFor, factOf, look, statesOf, t0, viewOf, wantOff } from "./channel-fixture.ts";

const stopped = attemptIn("CLOSED", { stopAckAtMs: t0 - 30_000, n404: 1 });

function told(sid: string) {
  return look(
    viewOf({ attempts: [stopped], want: wantOff, presence: emptyFor(100_000), facts: [factOf("sid", { sid })] }),
  );
}

// Sids are told again after a failover, and a start that was sent twice may be answered twice, the first time last.
test("a sid that is told again after its recorder was stopped with it begins nothing anew", () => {
  const { calls, lifecycle, record } = told("sid-1");
  expect(record.attempts[1]).toEqual(stopped);
  expect(lifecycle).toEqual([]);
  expect(calls).toEqual([]);
});

test("another sid of a resource that is closed is a recorder that nobody has stopped", () => {
  const decision = told("sid-other");
  expect(statesOf(decision)).toEqual(["STOPPING"]);
  expect(decision.calls).toMatchObject([{ call: "stop", sid: "sid-other" }]);
});

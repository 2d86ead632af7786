import type { StartAnswer } from "@autorec/events";
import { expect, test } from "vitest";
import { attemptIn, attemptOf, evidence, queryInput, sidOf, startInput, t0, tell, viewOf } from "./channel-fixture.ts";
import type { Attempt } from "./channel-record.ts";

// A recorder may have been there for long before its sid was learned: what it ends like must not be read as if it were young.

/** Alive until the last poll, asked again after an idle time: it ends as one does that nobody joins. */
const ending = {
  ...{ lastAliveAtMs: t0 - 90_000, n404: 1, first404AtMs: t0 - 30_000, last404AtMs: t0 - 30_000 },
  everStatus5: false,
};
const liveAtMs = t0 - 330_000;

function endOf(attempt: Attempt) {
  return tell(viewOf({ attempts: [attempt], resp: 1 }), queryInput("notFound", { sentAtMs: t0, answeredAtMs: t0 }));
}

test.each([
  ["GHOST", "its start's answer was lost", {}],
  ["GHOST", "it was out of control", { liveAtMs: t0 - 800_000 }],
  ["DOUBT", "its start was given up", {}],
] as const)("a recorder that was a %s for long, since %s, had company and is replaced at once", (st, _why, change) => {
  const ghost = attemptIn(st, { candidateSid: sidOf(1), acquireAnsweredAtMs: t0 - 900_000, ...change });
  const answer = queryInput("alive", { sentAtMs: liveAtMs, answeredAtMs: liveAtMs });
  const adopted = attemptOf(tell(viewOf({ attempts: [ghost], resp: 1 }), answer, { nowMs: liveAtMs }));
  const decision = endOf({ ...adopted, ...ending });
  expect(decision.marks).toEqual([]);
  expect(decision.calls).toEqual([{ call: "acquire", n: 2 }]);
});

test("nobody is doubted who came while it recorded as a ghost", () => {
  const decision = endOf(attemptIn("CONF", { ...ending, liveAtMs, bornAtMs: t0 - 350_000 }));
  expect(decision.marks).toEqual([{ kind: "doubtful", heardBeforeMs: t0 - 350_000, hostsOnly: false }]);
});

// While Agora answers every start too late, a dry recorder must be known as one all the same.
test("a recorder whose start worked before it was answered ends as one that nobody joins at its own age", () => {
  const born = { bornAtMs: t0 - 331_000, liveAtMs: t0 - 300_000, confAtMs: t0 - 295_000 };
  const decision = endOf(attemptIn("CONF", { ...ending, ...born, lastAliveAtMs: t0 - 55_000 }));
  expect(decision.marks).toEqual([{ kind: "doubtful", heardBeforeMs: t0 - 331_000, hostsOnly: false }]);
});

test("a recorder one of whose sends may have worked may be as old as that; one that was only refused before is as old as its sid", () => {
  const liveAfter = (before: StartAnswer): Attempt => {
    const starting = attemptIn("READY", { startSends: 1, acquireAnsweredAtMs: t0 - 90_000 });
    const again = tell(viewOf({ attempts: [starting], resp: 1 }), startInput(before, { sentAtMs: t0 - 20_000 }));
    const resent = { ...attemptOf(again), startSends: 2 };
    const works = startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }, { send: 2 });
    return attemptOf(tell(viewOf({ attempts: [resent], resp: 1 }), works));
  };
  expect(liveAfter({ ...evidence, outcome: "again", schedule: "lost", ambiguous: true }).bornAtMs).toBe(t0 - 20_000);
  expect(liveAfter({ ...evidence, outcome: "wait", schedule: "throttled" })).not.toHaveProperty("bornAtMs");
  expect(liveAfter({ ...evidence, outcome: "again", schedule: "lost", ambiguous: false })).not.toHaveProperty(
    "bornAtMs",
  );
});

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

test("a recorder whose start was sent once was born with its answer, one whose start was sent again perhaps before", () => {
  const bornAtMs = (startSends: number): number | undefined => {
    const starting = attemptIn("READY", { startSends, acquireAnsweredAtMs: t0 - 20_000 });
    const answer = startInput({ ...evidence, outcome: "ok", sid: sidOf(1) }, { send: startSends });
    return attemptOf(tell(viewOf({ attempts: [starting], resp: 1 }), answer)).bornAtMs;
  };
  expect(bornAtMs(1)).toBeUndefined();
  expect(bornAtMs(2)).toBe(t0 - 20_000);
});

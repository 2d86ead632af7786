import { recordSchemaVersion } from "@autorec/domain";
import type { Attempt, Decision } from "@autorec/domain";
import type { SessionStore } from "@autorec/session-store";
import { expect, test } from "vitest";
import { createRecentSids } from "./recent-sids.ts";

const ref = { appId: "a", channelName: "c" };

function decisionThatStarts(n: number, atMs: number): Pick<Decision, "lifecycle" | "record"> {
  const attempt: Attempt = {
    ...{ n, slot: "primary", session: "s", k: n, uid: 4_000_000_000 + 2 * n, mode: "mix", ruleHash: "h" },
    ...{ st: "LIVE", claimedAtMs: atMs, dueAtMs: atMs, liveAtMs: atMs, maxIdleMs: 1, coverAfterMs: 1 },
    ...{ resourceId: `resource-${String(n)}`, sid: `sid-${String(n)}`, startSends: 1, ambiguous: false, tries: 0 },
    ...{ retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 }, tokenIssuedAtS: 1, tokenSalt: 1 },
    ...{ tokenLifeS: 1, knownUids: [], controlErrorsAtMs: [], everStatus5: false, n404: 0, journaled: true },
    ...{ controlLost: false, rotating: false },
  };
  const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
  return {
    lifecycle: [{ type: "attempt.started", atMs, sessionId: "s", attempt: n }],
    record: {
      ...{ schemaVersion: recordSchemaVersion, ...ref, want: { on: true, cause: "occupied" }, sessions: {} },
      ...{ slots: { primary: slot, secondary: slot }, attempts: { [n]: attempt } },
    },
  };
}

/** A process that learns one sid each minute, from the first on, and what it tells a Redis that was last seen at some time. */
async function toldAfter(seenAtMs: number, isLost?: () => boolean): Promise<readonly (string | undefined)[]> {
  let nowMs = 0;
  const sids = createRecentSids({ monotonicMs: () => nowMs, eventLagMs: 1_000 });
  for (let n = 1; n <= 5; n += 1) {
    nowMs = n * 60_000;
    sids.remember(ref, decisionThatStarts(n, nowMs));
  }
  nowMs = 3_600_000;
  const told: (string | undefined)[] = [];
  await sids.retell(
    {
      fact: (_ref, { sid }) => {
        told.push(sid);
        return Promise.resolve("applied");
      },
    },
    seenAtMs,
    isLost,
  );
  return told;
}

test("however long Redis was away, what was learned in the minute before it went is told again", async () => {
  expect(await toldAfter(301_000)).toEqual(["sid-5"]);
  expect(await toldAfter(299_000)).toEqual(["sid-4", "sid-5"]);
});

// Whoever took it in may have died with the Redis that had it.
test("a sid that was told as a fact is told again as well, and nothing else that was", async () => {
  const sids = createRecentSids({ monotonicMs: () => 0, eventLagMs: 1_000 });
  const fact = {
    n: 1,
    slot: "primary",
    session: "s",
    uid: 7,
    mode: "mix",
    resourceId: "r",
    sid: "sid",
    atMs: 0,
  } as const;
  const told: unknown[] = [];
  const store = {
    fact: (...args: readonly unknown[]) => Promise.resolve(told.push(args)).then(() => "applied" as const),
  };
  const watched = sids.watched(store);
  await watched.fact(ref, { ...fact, kind: "sid" });
  await watched.fact(ref, { ...fact, kind: "stopAccepted" });
  told.length = 0;
  expect(await sids.retell(store, 0)).toBe(1);
  expect(told).toEqual([[ref, { ...fact, kind: "sid" }, { withinMs: 1_000 }]]);
});

test("a sid that Redis refuses many times is kept once, when it is taken: others would be forgotten for it", async () => {
  const sids = createRecentSids({ monotonicMs: () => 0, eventLagMs: 1_000 });
  let isAway = true;
  const applied: SessionStore["fact"] = () =>
    isAway ? Promise.reject(new Error("redis is away")) : Promise.resolve("applied");
  const watched = sids.watched({ fact: applied });
  const place = { n: 1, slot: "primary", session: "s", uid: 7, mode: "mix", resourceId: "r" } as const;
  const tell = (): Promise<unknown> => watched.fact(ref, { ...place, sid: "sid", atMs: 0, kind: "sid" });
  for (let tries = 0; tries < 3; tries += 1) await expect(tell()).rejects.toThrow("away");
  isAway = false;
  expect(await sids.retell({ fact: applied }, 0)).toBe(0);
  await tell();
  expect(await sids.retell({ fact: applied }, 0)).toBe(1);
});

test("what Redis has had for longer is in the journal and is not told again", async () => {
  expect(await toldAfter(3_600_000)).toEqual([]);
});

// A shard that is whole goes on starting recorders for as long as another one is rebuilt: each look would tell all of them.
test("what lies in a shard that has lost nothing is not told again", async () => {
  expect(await toldAfter(0, () => false)).toEqual([]);
});

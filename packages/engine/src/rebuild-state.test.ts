import { realDurations } from "@autorec/domain";
import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import { rebuildState } from "./rebuild-state.ts";
import type { RebuildDeps } from "./rebuild-state.ts";

const nowMs = 1_800_000_000_000;
const appId = "0123456789abcdef0123456789abcdef";

/** What the journal says of an attempt that was claimed a moment ago. */
function journalled(n: number, st: Attempt["st"]): readonly [string, { readonly rev: string; readonly text: string }] {
  const attempt = {
    ...{ n, slot: "primary", session: "s", k: n, uid: 4_000_000_000 + 2 * n, mode: "mix", ruleHash: "h" },
    ...{ st, claimedAtMs: nowMs - 20_000, dueAtMs: nowMs, maxIdleMs: 300_000, coverAfterMs: 30_000 },
    ...{ resourceId: `resource-${String(n)}`, sid: `sid-${String(n)}`, startSends: 1, ambiguous: false, tries: 0 },
    ...{ retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 }, tokenIssuedAtS: 1, tokenSalt: 1 },
    ...{ tokenLifeS: 1, knownUids: [], controlErrorsAtMs: [], everStatus5: false, n404: 0, journaled: true },
    ...{ controlLost: false, rotating: false },
  };
  return [`${appId}/room/${String(n)}`, { rev: "1", text: JSON.stringify({ schemaVersion: 1, rev: "1", attempt }) }];
}

/** Rebuilds a Redis that has nothing; answers what it was told, in order. */
async function rebuilt(
  content: readonly ReturnType<typeof journalled>[],
  change: Partial<Pick<RebuildDeps, "clock" | "replayPresence">> &
    Partial<Pick<RebuildDeps["store"], "claimRebuild">> = {},
): Promise<readonly string[]> {
  const told: string[] = [];
  const store: RebuildDeps["store"] = {
    ensureShardCount: () => Promise.resolve("same"),
    claimRebuild: change.claimRebuild ?? (() => Promise.resolve({ kind: "claimed", sinceMs: nowMs, nowMs })),
    rebuildChannel: () => Promise.resolve("rebuilt"),
    finishRebuild: () => Promise.resolve(told.push("open")).then(() => "ready"),
    restoreSwitches: () => Promise.resolve("known"),
    shardOf: () => 0,
    nowMs: () => Promise.resolve(nowMs),
    holdWorkers: (account, holds) => {
      for (const { holdMs, n, ref } of holds) told.push(`${account} ${ref.channelName} ${String(n)} ${String(holdMs)}`);
      return Promise.resolve();
    },
  };
  await rebuildState(
    {
      ...{ store, shardCount: 1, durations: realDurations, newToken: () => "t", accountOf: () => "account" },
      readJournal: () => Promise.resolve(new Map(content)),
      replayPresence: change.replayPresence ?? (() => Promise.resolve({ records: 0 })),
      clock: change.clock ?? { monotonicMs: () => 0, sleep },
      log: { info: () => undefined },
    },
    [0],
    new AbortController().signal,
  );
  return told;
}

/** The lease from before the loss is over at once; who keeps the right alive has nothing to do until the end. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms === realDurations.leaseMs || signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
}

// Not a look at each recorder, which comes later than the acquires of those who wait.
test("workers of what may run are taken before anything can be claimed again, however young it is", async () => {
  const { quotaHoldMs } = realDurations;
  const told = await rebuilt([journalled(1, "CLOSED"), journalled(2, "LIVE"), journalled(3, "STOPPING")]);
  expect(told).toEqual([`account room 2 ${String(quotaHoldMs)}`, `account room 3 ${String(quotaHoldMs)}`, "open"]);
});

test("a rebuild that outlives another loss opens nothing: what it has brought back is gone (mutation 118)", async () => {
  const { promise: lostAgain, resolve: lose } = Promise.withResolvers<undefined>();
  let lostSinceMs = nowMs;
  let sleeps = 0;
  const told = await rebuilt([journalled(1, "CLOSED")], {
    claimRebuild: (_shard, { sinceMs }) =>
      Promise.resolve(
        sinceMs === undefined || sinceMs === lostSinceMs
          ? { kind: "claimed", sinceMs: lostSinceMs, nowMs }
          : { kind: "busy" },
      ),
    // The process is asleep while Redis is emptied; the first that it does then is to lengthen its right.
    replayPresence: async () => {
      lostSinceMs += 1;
      lose(undefined);
      await new Promise(setImmediate);
      return { records: 0 };
    },
    clock: {
      monotonicMs: () => 0,
      sleep: (ms, signal) => {
        if (ms === realDurations.leaseMs) return sleep(ms, signal);
        sleeps += 1;
        return sleeps === 1 ? lostAgain : sleep(ms, signal);
      },
    },
  });
  expect(told).toEqual([]);
});

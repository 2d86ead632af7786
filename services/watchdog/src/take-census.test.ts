import type { Attempt, ChannelRecord } from "@autorec/domain";
import type { SessionStore } from "@autorec/session-store";
import { expect, test } from "vitest";
import { censusRestMs, takeCensus } from "./take-census.ts";

type ChannelReading = NonNullable<Awaited<ReturnType<SessionStore["readChannel"]>>>;

const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
const attempt: Attempt = {
  n: 1,
  slot: "primary",
  session: "s",
  k: 0,
  uid: 4_000_000_000,
  mode: "mix",
  ruleHash: "h",
  maxIdleMs: 1,
  coverAfterMs: 1,
  st: "CONF",
  claimedAtMs: 0,
  startSends: 1,
  ambiguous: false,
  retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
  tokenIssuedAtS: 0,
  tokenSalt: 0,
  tokenLifeS: 1,
  knownUids: [],
  controlErrorsAtMs: [],
  everStatus5: false,
  n404: 0,
  journaled: true,
  controlLost: false,
  rotating: false,
  dueAtMs: 0,
  tries: 0,
};

function record(channelName: string, attempts: readonly Attempt[]): ChannelRecord {
  return {
    schemaVersion: 1,
    appId: "app",
    channelName,
    want: { on: attempts.length > 0, cause: "occupied" },
    slots: { primary: { ...slot, resp: attempts[0]?.n ?? 0 }, secondary: slot },
    attempts: Object.fromEntries(attempts.map((each) => [each.n, each])),
    sessions: {},
  };
}

function storeOf(records: readonly ChannelRecord[]) {
  const reading = (found: ChannelRecord): ChannelReading => ({
    view: { record: found, presence: { count: 0, hosts: 0 }, facts: [], reservedUids: new Map() },
    rev: "1",
    nowMs: 0,
  });
  return {
    nowMs: () => Promise.resolve(0),
    channelRefs: (shard: number) =>
      Promise.resolve(shard === 1 ? records.map(({ appId, channelName }) => ({ appId, channelName })) : []),
    readChannel: ({ channelName }: { readonly channelName: string }) => {
      if (channelName === "spoilt")
        return Promise.reject(Object.assign(new Error("spoilt"), { code: "REC_RECORD_SCHEMA" }));
      const found = records.find((each) => each.channelName === channelName);
      return Promise.resolve(found === undefined ? undefined : reading(found));
    },
  };
}

test("every channel is counted once under its state word, every recorder that may be live under its state", async () => {
  const ghost: Attempt = { ...attempt, n: 2, st: "GHOST" };
  const closed: Attempt = { ...attempt, n: 3, st: "CLOSED" };
  const store = storeOf([record("covered", [attempt, ghost, closed]), record("quiet", []), record("empty", [])]);
  const { channels, recorders } = await takeCensus({ store, shardCount: 2 });
  expect(Object.fromEntries(channels.get("app") ?? [])).toEqual({ covered: 1, ignored: 2 });
  expect(Object.fromEntries(recorders.get("app") ?? [])).toEqual({ confirmed: 1, ghost: 1 });
});

test("a record that cannot be read hides no other channel", async () => {
  const store = storeOf([record("spoilt", [attempt]), record("covered", [attempt])]);
  const { channels } = await takeCensus({ store, shardCount: 2 });
  expect(Object.fromEntries(channels.get("app") ?? [])).toEqual({ covered: 1 });
});

test("a count rests the longer the more it costs, and its process may have stood still", () => {
  expect([10, 2_000, 3_600_000].map(censusRestMs)).toEqual([15_000, 40_000, 600_000]);
});

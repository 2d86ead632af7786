import { realDurations } from "@autorec/domain";
import type { Attempt } from "@autorec/domain";
import type { SessionStore } from "@autorec/session-store";
import { expect, test } from "vitest";
import { keepWorkers } from "./keep-workers.ts";
import type { KeepWorkersOptions } from "./keep-workers.ts";

type Store = KeepWorkersOptions["store"];
type Reading = Awaited<ReturnType<SessionStore["readChannel"]>>;

const nowMs = 1_000_000;
const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };

function attempt(n: number, st: Attempt["st"], change: Partial<Attempt> = {}): Attempt {
  return {
    n,
    slot: "primary",
    session: "s",
    k: 0,
    uid: 4_000_000_000,
    mode: "mix",
    ruleHash: "h",
    maxIdleMs: 300_000,
    coverAfterMs: 30_000,
    st,
    claimedAtMs: 0,
    startSends: 0,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: 0,
    tokenSalt: 0,
    tokenLifeS: 0,
    knownUids: [],
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: false,
    controlLost: false,
    rotating: false,
    dueAtMs: 0,
    tries: 0,
    ...change,
  };
}

/** A ledger whose reservations are all over, beside the channels that they are for. */
function openLedger(
  channels: Readonly<Record<string, readonly Attempt[] | Error>>,
  expired: readonly [string, number][],
) {
  const holds = new Map<string, number>();
  let left = expired.map(([channelName, n]) => ({ ref: { appId: "a", channelName }, n }));
  const store: Store = {
    nowMs: () => Promise.resolve(nowMs),
    expiredWorkers: (_account, max) => Promise.resolve(left.slice(0, max)),
    holdWorkers: (_account, all, which) => {
      expect(which).toBe("expired");
      for (const { ref, n, holdMs } of all) holds.set(`${ref.channelName} ${String(n)}`, holdMs);
      left = left.slice(all.length);
      return Promise.resolve();
    },
    readChannel: ({ appId, channelName }) => {
      const attempts = channels[channelName];
      if (attempts instanceof Error) return Promise.reject(attempts);
      if (attempts === undefined) return Promise.resolve(undefined);
      const reading: NonNullable<Reading> = {
        view: {
          record: {
            schemaVersion: 1,
            appId,
            channelName,
            want: { on: true, cause: "occupied" },
            slots: { primary: slot, secondary: slot },
            attempts: Object.fromEntries(attempts.map((one) => [one.n, one])),
            sessions: {},
          },
          presence: { count: 1, hosts: 1 },
          facts: [],
          reservedUids: new Map(),
        },
        rev: "1",
        nowMs,
      };
      return Promise.resolve(reading);
    },
  };
  return { store, holds };
}

const options = { accounts: ["prod"], durations: realDurations };

test("a reservation whose attempt is open is prolonged, one whose attempt is over, gone or a ghost of long ago ends", async () => {
  const { store, holds } = openLedger(
    {
      room: [attempt(1, "CLOSED"), attempt(2, "GHOST", { claimedAtMs: nowMs }), attempt(3, "CLAIMED")],
      always: [attempt(1, "GHOST"), attempt(2, "CONF")],
      doubt: [attempt(1, "DOUBT", { resourceDeadAtMs: nowMs + 5_000 }), attempt(2, "DOUBT", { resourceDeadAtMs: 1 })],
    },
    [
      ["room", 1],
      ["room", 2],
      ["room", 3],
      ["room", 9],
      ["always", 1],
      ["always", 2],
      ["doubt", 1],
      ["doubt", 2],
      ["gone", 1],
    ],
  );
  expect(await keepWorkers({ ...options, store })).toEqual({ prolonged: 4, ended: 5 });
  expect(Object.fromEntries(holds)).toEqual({
    "room 1": 0,
    "room 2": 600_000,
    "room 3": 120_000,
    "room 9": 0,
    "always 1": 0,
    "always 2": 600_000,
    "doubt 1": 5_000,
    "doubt 2": 0,
    "gone 1": 0,
  });
});

test("an attempt that this version cannot read keeps its worker; a Redis that does not answer ends none", async () => {
  const unreadable = Object.assign(new Error("schemaVersion 7"), { code: "REC_RECORD_SCHEMA" });
  const newer = openLedger({ room: unreadable }, [["room", 1]]);
  await keepWorkers({ ...options, store: newer.store });
  expect(newer.holds.get("room 1")).toBe(600_000);

  const away = openLedger({ room: new Error("connection lost") }, [["room", 1]]);
  await expect(keepWorkers({ ...options, store: away.store })).rejects.toThrow("connection lost");
  expect(away.holds.size).toBe(0);
});

test("a long list is looked through in parts, to its end", async () => {
  const many = Array.from({ length: 250 }, (_, i): [string, number] => ["gone", i + 1]);
  const { store, holds } = openLedger({}, many);
  expect(await keepWorkers({ ...options, store })).toEqual({ prolonged: 0, ended: 250 });
  expect(holds.size).toBe(250);
});

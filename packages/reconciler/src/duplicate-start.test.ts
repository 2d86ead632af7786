import { realDurations } from "@autorec/domain";
import type { ChannelRecord, Rule } from "@autorec/domain";
import type { StartAnswer } from "@autorec/events";
import { expect, test } from "vitest";
import { createReconciler } from "./reconciler.ts";
import type { ReconcilerDeps } from "./ports.ts";

const idle = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
const ref = { appId: "a", channelName: "c" };
const rule: Rule = {
  name: "r",
  hash: "h",
  mode: "mix",
  channelType: 0,
  slots: ["primary"],
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  coverAfterMs: 30_000,
  tokenLifeS: 86_400,
};

/** One channel whose Redis is under the test's hand: somebody else writes, and an answer of Agora arrives, when it says so. */
function openChannel() {
  let record: ChannelRecord = {
    schemaVersion: 1,
    ...ref,
    want: { on: false, cause: "empty" },
    slots: { primary: idle, secondary: idle },
    attempts: {},
    sessions: {},
  };
  let rev = 1n;
  let onConflict: () => void = () => undefined;
  const sent: string[] = [];
  const started = Promise.withResolvers<undefined>();
  const answer = Promise.withResolvers<StartAnswer>();
  const nowMs = (): number => 1_000_000 + Math.floor(performance.now());
  const channel = () => ({
    ref,
    view: { record, presence: { count: 1, hosts: 1 }, facts: [], reservedUids: new Map() },
    rev: String(rev),
    fence: "1",
    leaseUntilMs: nowMs() + 30_000,
    nowMs: nowMs(),
    liveRuleHashes: ["h"],
  });
  const told = { reason: "ok", alarm: false } as const;
  const deps: ReconcilerDeps = {
    store: {
      claimOne: () => Promise.resolve({ kind: "claimed", channel: channel() }),
      renew: () => Promise.resolve({ kind: "ok", rev: String(rev), leaseUntilMs: nowMs() + 30_000, nowMs: nowMs() }),
      release: () => Promise.resolve("released"),
      fact: () => Promise.resolve("applied"),
      gc: () => Promise.resolve("kept"),
      takeRequest: () => Promise.resolve({ kind: "granted", waitMs: 0 }),
      commit: async (_ref, { expectedRev, after }) => {
        if (expectedRev !== String(rev)) {
          onConflict();
          await new Promise((resolve) => setTimeout(resolve, 5));
          return { kind: "conflict", channel: channel() };
        }
        record = after;
        rev += 1n;
        return { kind: "ok", rev: String(rev), nowMs: nowMs() };
      },
    },
    policy: { hash: "h", ruleFor: () => rule, knowsRule: () => true },
    agoraFor: () => ({
      account: "a",
      requestsPerSecond: 10,
      resourceExpiredHour: 72,
      startRequest: () => ({ recordingConfig: { channelType: 0 }, storageConfig: storage }),
      client: {
        acquire: () => Promise.resolve({ ...told, outcome: "ok", resourceId: "r" }),
        start: () => {
          sent.push("start");
          started.resolve(undefined);
          return answer.promise;
        },
        query: () => Promise.resolve({ ...told, outcome: "alive", status: 5 }),
        stop: () => Promise.resolve({ ...told, outcome: "done" }),
        close: () => Promise.resolve(),
      },
    }),
    journal: () => Promise.resolve(),
    durations: { ...realDurations, tickMs: 20 },
    deploymentId: "d",
    owner: "o",
    clock: { monotonicMs: () => performance.now() },
    sleep: () => Promise.resolve(),
    newToken: () => "t",
    entropy: () => 1,
    observer: {
      decided: () => undefined,
      alarm: () => undefined,
      called: () => undefined,
      leaseLost: () => undefined,
      failed: () => undefined,
    },
  };
  return {
    deps,
    sent,
    started: started.promise,
    /** How often a start of the first attempt was announced in the record. */
    announced: () => record.attempts[1]?.startSends,
    /** Somebody writes the channel; Agora's answer comes while the holder is told of the conflict. */
    writeAndAnswer: () => {
      rev += 1n;
      onConflict = () => {
        answer.resolve({ ...told, outcome: "ok", sid: "s" });
      };
    },
  };
}

const storage = { vendor: 1, region: 0, bucket: "b", accessKey: "a", secretKey: "s" };

test("an answer that arrives in the middle of a conflict is decided on before its attempt gets another call", async () => {
  const { deps, sent, started, announced, writeAndAnswer } = openChannel();
  const done = createReconciler(deps).reconcile(ref);
  await started;
  writeAndAnswer();
  expect(await done).toBe("settled");
  expect(sent).toEqual(["start"]);
  expect(announced()).toBe(1);
});

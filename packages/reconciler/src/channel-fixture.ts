import { realDurations } from "@autorec/domain";
import type { Attempt, ChannelRecord, PresenceSummary, Rule } from "@autorec/domain";
import type { StartAnswer } from "@autorec/events";
import type { AgoraAccess, ReconcilerDeps } from "./ports.ts";

const ref = { appId: "a", channelName: "c" };
const idle = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
/** Time stands still: what these tests are about is order alone. */
const nowMs = 1_000_000;
const leaseUntilMs = nowMs + 30_000;
const told = { reason: "ok", alarm: false } as const;
const rule: Rule = {
  name: "r",
  hash: "h",
  mode: "mix",
  channelType: 0,
  countAudience: false,
  slots: ["primary"],
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  coverAfterMs: 30_000,
  tokenLifeS: 86_400,
  rotateAfterMs: 82_800_000,
  priority: 0,
};

/** What a test may put between a start and its send; each is asked once per attempt that starts. */
export interface StartHindrances {
  readonly journal?: (n: number) => Promise<void>;
  /** How the request budget makes a call wait. */
  readonly sleep?: () => Promise<void>;
  readonly takeRequest?: ReconcilerDeps["store"]["takeRequest"];
  /** What the account allows; 10 unless given. */
  readonly requestsPerSecond?: number;
  /** The answer to the start of a resource; without one it works at once. `late` takes another that comes after its limit. */
  readonly start?: (resourceId: string, late: (answer: StartAnswer) => void) => Promise<StartAnswer>;
  /** Runs before a commit is told that somebody else has written. */
  readonly onConflict?: () => Promise<void>;
}

/** One occupied channel whose Redis is a variable, so that a test can be everybody else who writes it. */
export interface ChannelFixture {
  readonly ref: { readonly appId: string; readonly channelName: string };
  readonly deps: ReconcilerDeps;
  /** Resources whose start was sent, in order. */
  readonly started: readonly string[];
  readonly failures: readonly unknown[];
  /** What was told to the ledger of workers, in order. */
  readonly held: readonly { readonly n: number; readonly holdMs: number }[];
  readonly attempt: (n: number) => Attempt | undefined;
  /** Somebody else writes the channel. */
  readonly touch: () => void;
  /** Everybody has left, and the grace is over. */
  readonly empty: () => void;
  readonly occupy: () => void;
}

/** Opens the channel with somebody in it and nothing recorded; the n-th acquire yields the resource `r<n>`. */
export function openChannelFixture(hindrances: StartHindrances = {}): ChannelFixture {
  const redis = openChannelInMemory(hindrances);
  const agora = openAgoraStub(hindrances);
  const failures: unknown[] = [];
  const deps: ReconcilerDeps = {
    store: redis.store,
    policy: { hash: "h", ruleFor: () => rule, knowsRule: () => true },
    agoraFor: () => agora.access,
    journal: ({ attempt }) => hindrances.journal?.(attempt.n) ?? Promise.resolve(),
    control: () => ({ control: "run" }),
    durations: { ...realDurations, tickMs: 20 },
    deploymentId: "d",
    owner: "o",
    clock: { monotonicMs: () => 0 },
    sleep: hindrances.sleep ?? (() => Promise.resolve()),
    newToken: () => "t",
    entropy: () => 1,
    observer: {
      decided: () => undefined,
      alarm: () => undefined,
      called: () => undefined,
      leaseLost: () => undefined,
      failed: (_ref, err) => failures.push(err),
    },
  };
  const { held, attempt, touch, setPresence } = redis;
  return {
    ...{ ref, deps, started: agora.started, failures, held, attempt, touch },
    empty: () => {
      setPresence({ count: 0, hosts: 0, emptySinceMs: nowMs - rule.graceMs - 1, graceReason: 2 });
    },
    occupy: () => {
      setPresence({ count: 1, hosts: 1 });
    },
  };
}

/** The channel's Redis: everybody gets the lease, and who decided on an old revision hears of a conflict. */
function openChannelInMemory({ takeRequest, onConflict }: StartHindrances) {
  let record: ChannelRecord = {
    schemaVersion: 1,
    ...ref,
    want: { on: false, cause: "empty" },
    slots: { primary: idle, secondary: idle },
    attempts: {},
    sessions: {},
  };
  let rev = 1n;
  let presence: PresenceSummary = { count: 1, hosts: 1 };
  const held: { n: number; holdMs: number }[] = [];
  const channel = () => ({
    ref,
    view: { record, presence, facts: [], reservedUids: new Map() },
    rev: String(rev),
    fence: "1",
    leaseUntilMs,
    nowMs,
    liveRuleHashes: ["h"],
  });
  const store: ReconcilerDeps["store"] = {
    claimOne: () => Promise.resolve({ kind: "claimed", channel: channel() }),
    renew: () => Promise.resolve({ kind: "ok", rev: String(rev), leaseUntilMs, nowMs }),
    release: () => Promise.resolve("released"),
    fact: () => Promise.resolve("applied"),
    gc: () => Promise.resolve("kept"),
    cutRequests: () => Promise.resolve(50),
    holdWorkers: (_account, holds) => {
      for (const { n, holdMs } of holds) held.push({ n, holdMs });
      return Promise.resolve();
    },
    cutWorkers: () => Promise.resolve(1),
    takeRequest: takeRequest ?? (() => Promise.resolve({ kind: "granted", waitMs: 0 })),
    commit: async (_ref, { expectedRev, after }) => {
      if (expectedRev !== String(rev)) {
        await onConflict?.();
        return { kind: "conflict", channel: channel() };
      }
      record = after;
      rev += 1n;
      return { kind: "ok", rev: String(rev), nowMs };
    },
  };
  const touch = (): void => {
    rev += 1n;
  };
  const setPresence = (next: PresenceSummary): void => {
    presence = next;
    touch();
  };
  return { store, held, touch, setPresence, attempt: (n: number) => record.attempts[n] };
}

/** An Agora where everything works at once, unless the test answers the start. */
function openAgoraStub({ requestsPerSecond = 10, start }: StartHindrances) {
  const started: string[] = [];
  let acquired = 0;
  const access: AgoraAccess = {
    account: "a",
    requestsPerSecond,
    workers: 50,
    resourceExpiredHour: 72,
    startRequest: () => ({
      recordingConfig: { channelType: 0 },
      storageConfig: { vendor: 1, region: 0, bucket: "b", accessKey: "a", secretKey: "s" },
    }),
    client: {
      acquire: () => Promise.resolve({ ...told, outcome: "ok", resourceId: `r${String((acquired += 1))}` }),
      start: ({ resourceId }, { late = () => undefined } = {}) => {
        started.push(resourceId);
        return start?.(resourceId, late) ?? Promise.resolve(startWorked);
      },
      query: () => Promise.resolve({ ...told, outcome: "alive", status: 5 }),
      stop: () => Promise.resolve({ ...told, outcome: "done" }),
      close: () => Promise.resolve(),
    },
  };
  return { access, started };
}

/** A start that worked. */
export const startWorked: StartAnswer = { ...told, outcome: "ok", sid: "s" };

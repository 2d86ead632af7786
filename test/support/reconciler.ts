import { randomBytes } from "node:crypto";
import { fastDurations } from "@autorec/domain";
import type { Attempt, Durations, Rule } from "@autorec/domain";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { createSessionStore } from "@autorec/session-store";
import { startSimulator } from "@autorec/simulator";
import type { Simulator, SimulatorSettingsInput } from "@autorec/simulator";
import { parseHistoryLine } from "@autorec/simulator/judge";
import type { HistoryLine } from "@autorec/simulator/judge";
import { onTestFinished, vi } from "vitest";
import { z } from "zod";
import { sortRecords } from "../../services/consumer/src/sort-records.ts";
import { appId, certificate, customer, ruleOf } from "./reconciling-app.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "./redis.ts";
import { openTestWorker } from "./test-worker.ts";
import type { TestWorker, WorkerOptions, WorkerWorld } from "./test-worker.ts";

/** The fast profile with the shortest waits that its rules allow, so that a channel's life takes seconds. */
export const shortDurations: Durations = {
  ...fastDurations,
  leaseMs: 4_500,
  graceMs: 500,
  graceNormalMs: 500,
  verifyStopMs: 700,
  confirmStepsMs: [200],
  tickMs: 100,
};

type RequestLine = Extract<HistoryLine, { readonly kind: "request" }>;
type RecorderJoined = Extract<HistoryLine, { readonly kind: "recorder-joined" }>;
type RecorderLeft = Extract<HistoryLine, { readonly kind: "recorder-left" }>;

export interface ReconcilingOptions {
  readonly durations?: Partial<Durations>;
  readonly simulator?: Partial<SimulatorSettingsInput>;
  readonly rule?: Partial<Rule>;
  /** Whether an event is lost on its way to presence; the broker has it all the same. */
  readonly loses?: (event: ChannelEventBody) => boolean;
  /** Also told of every event, as the consumer of another deployment is. */
  readonly otherStores?: readonly SessionStore[];
}

/** What a test may know of an event before it is applied. */
export interface ChannelEventBody {
  readonly eventType: number;
  readonly payload: { readonly uid?: number };
}

export interface Reconciling {
  readonly appId: string;
  readonly store: SessionStore;
  readonly prefix: string;
  readonly simulator: Simulator;
  readonly journal: readonly { readonly channelName: string; readonly attempt: Attempt }[];
  /** What truly happened, oldest first; the judge of these tests. */
  readonly history: () => readonly HistoryLine[];
  readonly requests: (call: RequestLine["call"], channelName?: string) => readonly RequestLine[];
  readonly joinedRecorders: (channelName?: string) => readonly RecorderJoined[];
  readonly leftRecorders: (channelName?: string) => readonly RecorderLeft[];
  /** Recorders in the channel at this moment, by the history. */
  readonly live: (channelName?: string) => readonly RecorderJoined[];
  worker(name: string, options?: WorkerOptions): TestWorker;
  /** Comes when the presence is in Redis. */
  join(uid: number, channelName?: string): Promise<void>;
  leave(uid: number, channelName?: string): Promise<void>;
  attempts(channelName?: string): Promise<readonly Attempt[]>;
  /** Whoever is in the channel is doubtful from now on, as after a recorder that met nobody. */
  markDoubtful(): Promise<void>;
}

const ref = (channelName: string): ChannelRef => ({ appId, channelName });

/** The channel of tests that need no other. */
const room = "room";

/** Redis under a prefix of its own, a simulator of its own, its channel events applied as the consumer would. */
export async function openReconciling(options: ReconcilingOptions = {}): Promise<Reconciling> {
  const durations = { ...shortDurations, ...options.durations };
  const prefix = randomPrefix();
  const journal: { channelName: string; attempt: Attempt }[] = [];
  const store = createSessionStore({ redis: { url: testRedisUrl() }, prefix, shardCount: 1 });
  await store.markReady([0], "epoch-1");
  const { simulator, lines, applied } = await openSimulator(options, store);
  const { openWorker, closeWorkers } = workersOf({
    prefix,
    simulator,
    durations,
    rule: { ...ruleOf(durations), ...options.rule },
    journaled: (entry) => journal.push(entry),
  });
  onTestFinished(async () => {
    await closeWorkers();
    await simulator.close();
    await applied();
    await store.close();
    const redis = openBareRedis();
    await deletePrefix(redis, prefix);
    await redis.quit();
  });
  const settled = async (): Promise<void> => {
    await simulator.client.waitFor("events applied", (state) => state.pendingEvents === 0);
  };
  return {
    appId,
    store,
    prefix,
    simulator,
    journal,
    worker: openWorker,
    ...viewsOf(lines),
    async join(uid, channelName = room) {
      await simulator.client.join({ channelName, uid });
      await settled();
    },
    async leave(uid, channelName = room) {
      await simulator.client.leave({ channelName, uid });
      await settled();
    },
    markDoubtful: () => markDoubtful(store, durations.leaseMs),
    async attempts(channelName = room) {
      return Object.values((await store.readChannel(ref(channelName)))?.view.record.attempts ?? {});
    },
  };
}

/** A simulator whose history grows in `lines`, and whose channel events are in presence once `applied` comes. */
async function openSimulator(options: ReconcilingOptions, store: SessionStore) {
  const lines: HistoryLine[] = [];
  let applying: Promise<unknown> = Promise.resolve();
  const simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ ...customer, requestsPerSecond: 200, apps: [{ appId, appCertificate: certificate }] }],
      ...options.simulator,
    },
    onHistoryLine: (text) => {
      const parsed = parseHistoryLine(JSON.parse(text));
      // What judges ignore, such as a call of channel management.
      if (parsed.kind === "ignored") return;
      if (parsed.kind === "invalid") throw new Error(`expected a line of the history: ${text}`);
      lines.push(parsed.line);
    },
    send: (event, onAcknowledged) => {
      applying = applying.then(async () => {
        const stores = [store, ...(options.otherStores ?? [])];
        if (options.loses?.(bodyOf(event.value)) !== true)
          await Promise.all(stores.map((each) => applyEvent(each, event)));
        onAcknowledged();
      });
    },
    warn: () => undefined,
  });
  return { simulator, lines, applied: () => applying };
}

/** Opens workers, and closes them all. */
function workersOf(world: Omit<WorkerWorld, "stopping">) {
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  const openWorker: Reconciling["worker"] = (name, options = {}) => {
    const opened = openTestWorker({ ...world, stopping: stopping.signal }, name, options);
    closers.push(opened.close);
    return opened.worker;
  };
  const closeWorkers = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(closers.map((close) => close()));
  };
  return { openWorker, closeWorkers };
}

/** Commits the mark under a lease of its own, as soon as it gets one. */
async function markDoubtful(store: SessionStore, leaseMs: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const token = randomBytes(16).toString("hex");
      const claim = await store.claimOne(ref(room), { token, owner: "test", leaseMs });
      if (claim.kind !== "claimed") throw new Error(`expected a claim, got ${claim.kind}`);
      const { rev, view, nowMs } = claim.channel;
      const { record } = view;
      const reply = await store.commit(ref(room), {
        ...{ token, expectedRev: rev, before: record, after: record },
        ...{ consumedFacts: [], lifecycle: [], snapshots: [] },
        ...{ marks: [{ kind: "doubtful", heardBeforeMs: nowMs, hostsOnly: false }], dueAtMs: nowMs, release: true },
      });
      if (reply.kind !== "ok") throw new Error(`expected ok, got ${reply.kind}`);
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** What tests ask a history that goes on growing. */
function viewsOf(
  lines: readonly HistoryLine[],
): Pick<Reconciling, "history" | "joinedRecorders" | "leftRecorders" | "live" | "requests"> {
  const joinedRecorders: Reconciling["joinedRecorders"] = (channelName = room) =>
    lines.flatMap((line) => (line.kind === "recorder-joined" && line.channelName === channelName ? [line] : []));
  const leftRecorders: Reconciling["leftRecorders"] = (channelName = room) =>
    lines.flatMap((line) => (line.kind === "recorder-left" && line.channelName === channelName ? [line] : []));
  return {
    history: () => lines,
    joinedRecorders,
    leftRecorders,
    live: (channelName) => {
      const left = new Set(leftRecorders(channelName).map(({ uid }) => uid));
      return joinedRecorders(channelName).filter(({ uid }) => !left.has(uid));
    },
    requests: (call, channelName = room) =>
      lines.flatMap((line) =>
        line.kind === "request" && line.call === call && line.channelName === channelName ? [line] : [],
      ),
  };
}

/** One channel event as the consumer applies it, without a topic between. */
async function applyEvent(
  store: SessionStore,
  event: { readonly key: string; readonly value: string; readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const nowMs = Date.now();
  const record = {
    topic: "rtc.channel-events",
    partition: 0,
    offset: "0",
    timestampMs: nowMs,
    key: Buffer.from(event.key),
    value: Buffer.from(event.value),
    headers: event.headers,
  };
  const { groups } = sortRecords([record], { apps: { appIds: new Set([appId]), onlyAppId: appId }, nowMs });
  for (const group of groups) await store.applyPresence(group.ref, { events: group.events });
}

function bodyOf(value: string): ChannelEventBody {
  return z
    .object({ eventType: z.number(), payload: z.object({ uid: z.number().exactOptional() }) })
    .parse(JSON.parse(value));
}

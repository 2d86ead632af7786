import { setTimeout as delay } from "node:timers/promises";
import { fastDurations } from "@autorec/domain";
import type { Alarm, Attempt, Durations, Rule } from "@autorec/domain";
import { createReconciler } from "@autorec/reconciler";
import type { AgoraAccess, Journal, Reconciler, ReconcilerDeps } from "@autorec/reconciler";
import { buildStartClientRequest, createRecordingClient, recorderToken } from "@autorec/recording-api";
import { systemClock, systemRandom } from "@autorec/service-kit";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import { createSessionStore } from "@autorec/session-store";
import { startSimulator } from "@autorec/simulator";
import type { Simulator, SimulatorSettingsInput } from "@autorec/simulator";
import { parseHistoryLine } from "@autorec/simulator/judge";
import type { HistoryLine } from "@autorec/simulator/judge";
import { onTestFinished } from "vitest";
import { sortRecords } from "../../services/consumer/src/sort-records.ts";
import { DueWorker } from "../../services/watchdog/src/work-due.ts";
import { Gate } from "./gate.ts";
import { deletePrefix, openBareRedis, randomPrefix, testRedisUrl } from "./redis.ts";

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

const appId = "0123456789abcdef0123456789abcdef";
const certificate = "00112233445566778899aabbccddeeff";
const customer = { customerId: "customer", customerSecret: "secret" } as const;

type RequestLine = Extract<HistoryLine, { readonly kind: "request" }>;
type RecorderJoined = Extract<HistoryLine, { readonly kind: "recorder-joined" }>;
type RecorderLeft = Extract<HistoryLine, { readonly kind: "recorder-left" }>;

export interface ReconcilingOptions {
  readonly durations?: Partial<Durations>;
  readonly simulator?: Partial<SimulatorSettingsInput>;
}

export interface WorkerOptions {
  /** Replaces single operations; gets the real store. */
  readonly store?: (store: SessionStore) => Partial<SessionStore>;
  readonly journal?: Journal;
  readonly redisUrl?: string;
  readonly appCertificate?: string;
}

/** One process that may reconcile, as far as a test can have one without starting it. */
export interface TestWorker {
  readonly name: string;
  readonly reconciler: Reconciler;
  /** Closed = the process is paused: nothing leaves it, nothing reaches it. */
  readonly gate: Gate;
  readonly alarms: readonly Alarm[];
  readonly failures: readonly unknown[];
  /** Decisions made, channel by channel. */
  readonly decided: readonly string[];
  readonly leasesLost: () => number;
  /** Works on whatever is due until the test ends. */
  watch(): void;
  reconcile(channelName: string): ReturnType<Reconciler["reconcile"]>;
}

export interface Reconciling {
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
}

const ref = (channelName: string): ChannelRef => ({ appId, channelName });

/** Redis under a prefix of its own, a simulator of its own, its channel events applied as the consumer would. */
export async function openReconciling(options: ReconcilingOptions = {}): Promise<Reconciling> {
  const durations = { ...shortDurations, ...options.durations };
  const prefix = randomPrefix();
  const lines: HistoryLine[] = [];
  const journal: { channelName: string; attempt: Attempt }[] = [];
  const store = createSessionStore({ redis: { url: testRedisUrl() }, prefix, shardCount: 1 });
  await store.markReady([0], "epoch-1");
  let applying: Promise<unknown> = Promise.resolve();
  const simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ ...customer, requestsPerSecond: 200, apps: [{ appId, appCertificate: certificate }] }],
      ...options.simulator,
    },
    onHistoryLine: (text) => {
      const parsed = parseHistoryLine(JSON.parse(text));
      if (parsed.kind !== "line") throw new Error(`expected a line of the history: ${text}`);
      lines.push(parsed.line);
    },
    send: (event, onAcknowledged) => {
      applying = applying.then(async () => {
        await applyEvent(store, event);
        onAcknowledged();
      });
    },
    warn: () => undefined,
  });
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];
  const closers: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(loops);
    await Promise.all(closers.map((close) => close()));
    await simulator.close();
    await applying;
    await store.close();
    const redis = openBareRedis();
    await deletePrefix(redis, prefix);
    await redis.quit();
  });

  const room = "room";
  const joinedRecorders: Reconciling["joinedRecorders"] = (channelName = room) =>
    lines.flatMap((line) => (line.kind === "recorder-joined" && line.channelName === channelName ? [line] : []));
  const leftRecorders: Reconciling["leftRecorders"] = (channelName = room) =>
    lines.flatMap((line) => (line.kind === "recorder-left" && line.channelName === channelName ? [line] : []));
  const requests: Reconciling["requests"] = (call, channelName = room) =>
    lines.flatMap((line) =>
      line.kind === "request" && line.call === call && line.channelName === channelName ? [line] : [],
    );

  const worker = (name: string, workerOptions: WorkerOptions = {}): TestWorker => {
    const gate = new Gate();
    const alarms: Alarm[] = [];
    const failures: unknown[] = [];
    const decided: string[] = [];
    let leasesLost = 0;
    const ownStore = createSessionStore({
      redis: { url: workerOptions.redisUrl ?? testRedisUrl() },
      prefix,
      shardCount: 1,
      commandTimeoutMs: 1_000,
      connectTimeoutMs: 1_000,
    });
    const access = agoraAccess({ name, simulator, durations, gate, appCertificate: workerOptions.appCertificate });
    closers.push(async () => {
      await access.client.close();
      await ownStore.close();
    });
    const gated = behindGate({ ...ownStore, ...workerOptions.store?.(ownStore) }, gate);
    const deps: ReconcilerDeps = {
      store: gated,
      policy: { hash: "rules-1", ruleFor: () => ruleOf(durations), knowsRule: (hash) => hash === ruleHash },
      agoraFor: () => access,
      journal:
        workerOptions.journal ??
        (async ({ ref: { channelName }, attempt }) => {
          await gate.pass();
          journal.push({ channelName, attempt });
        }),
      durations,
      deploymentId: "test",
      owner: name,
      clock: systemClock,
      sleep: (ms) => delay(ms),
      newToken: () => systemRandom.token(),
      entropy: () => systemRandom.uint32(),
      observer: {
        decided: (step) => decided.push(`${step.ref.channelName} ${step.input.kind}`),
        alarm: (_ref, alarm) => alarms.push(alarm),
        called: () => undefined,
        leaseLost: () => {
          leasesLost += 1;
        },
        failed: (_ref, err) => failures.push(err),
      },
    };
    const reconciler = createReconciler(deps);
    const due = new DueWorker({
      store: gated,
      shardCount: 1,
      reconciler,
      owner: name,
      leaseMs: durations.leaseMs,
      newToken: deps.newToken,
      monotonicMs: () => systemClock.monotonicMs(),
      observer: {
        granted: () => undefined,
        unreadable: (problem) => failures.push(problem),
        settled: () => undefined,
        failed: (err) => failures.push(err),
      },
    });
    const watch = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        await due.round(0).catch((err: unknown) => failures.push(err));
        await delay(durations.tickMs);
      }
      gate.open();
      await due.drained();
    };
    return {
      name,
      reconciler,
      gate,
      alarms,
      failures,
      decided,
      leasesLost: () => leasesLost,
      watch: () => {
        loops.push(watch());
      },
      reconcile: (channelName) => reconciler.reconcile(ref(channelName)),
    };
  };

  const settled = async (): Promise<void> => {
    await simulator.client.waitFor("events applied", (state) => state.pendingEvents === 0);
  };
  return {
    store,
    prefix,
    simulator,
    journal,
    worker,
    requests,
    joinedRecorders,
    leftRecorders,
    history: () => lines,
    live: (channelName) => {
      const left = new Set(leftRecorders(channelName).map(({ uid }) => uid));
      return joinedRecorders(channelName).filter(({ uid }) => !left.has(uid));
    },
    async join(uid, channelName = room) {
      await simulator.client.join({ channelName, uid });
      await settled();
    },
    async leave(uid, channelName = room) {
      await simulator.client.leave({ channelName, uid });
      await settled();
    },
    async attempts(channelName = room) {
      return Object.values((await store.readChannel(ref(channelName)))?.view.record.attempts ?? {});
    },
  };
}

const ruleHash = "rule-a";

function ruleOf(durations: Durations): Rule {
  return {
    name: "all",
    hash: ruleHash,
    mode: "individual",
    channelType: 0,
    slots: ["primary"],
    graceMs: durations.graceMs,
    graceNormalMs: durations.graceNormalMs,
    maxIdleMs: durations.maxIdleMs,
    coverAfterMs: durations.coverAfterEagerMs,
    tokenLifeS: 3_600,
  };
}

function agoraAccess(options: {
  readonly name: string;
  readonly simulator: Simulator;
  readonly durations: Durations;
  readonly gate: Gate;
  readonly appCertificate: string | undefined;
}): AgoraAccess {
  const { name, simulator, durations, gate, appCertificate = certificate } = options;
  const client = createRecordingClient({
    baseUrl: simulator.baseUrl,
    appId,
    ...customer,
    userAgent: `autorec/test ${name}`,
    clock: systemClock,
    timeouts: {
      acquireMs: durations.callAcquireMs,
      startMs: durations.callStartMs,
      queryMs: durations.callQueryMs,
      stopMs: durations.callStopMs,
    },
  });
  return {
    account: "account",
    requestsPerSecond: 200,
    resourceExpiredHour: 72,
    client: {
      acquire: (order) => gate.through(() => client.acquire(order)),
      start: (order) => gate.through(() => client.start(order)),
      query: (order) => gate.through(() => client.query(order)),
      stop: (order) => gate.through(() => client.stop(order)),
      close: () => client.close(),
    },
    startRequest: ({ uid, mode, maxIdleMs, tokenIssuedAtS, tokenSalt, tokenLifeS }, channelName) =>
      buildStartClientRequest({
        mode,
        recordingConfig: {},
        storageConfig: { vendor: 1, region: 0, bucket: "bucket", accessKey: "key", secretKey: "secret" },
        maxIdleMs,
        token: recorderToken({
          appId,
          appCertificate,
          channelName,
          uid,
          issuedAtS: tokenIssuedAtS,
          salt: tokenSalt,
          lifeS: tokenLifeS,
        }),
      }),
  };
}

/** The store as a process sees it that may be paused: commands and their answers wait at the gate. */
function behindGate(store: SessionStore, gate: Gate) {
  return {
    claimDue: (...args: Parameters<SessionStore["claimDue"]>) => gate.through(() => store.claimDue(...args)),
    claimOne: (...args: Parameters<SessionStore["claimOne"]>) => gate.through(() => store.claimOne(...args)),
    renew: (...args: Parameters<SessionStore["renew"]>) => gate.through(() => store.renew(...args)),
    release: (...args: Parameters<SessionStore["release"]>) => gate.through(() => store.release(...args)),
    commit: (...args: Parameters<SessionStore["commit"]>) => gate.through(() => store.commit(...args)),
    fact: (...args: Parameters<SessionStore["fact"]>) => gate.through(() => store.fact(...args)),
    takeRequest: (...args: Parameters<SessionStore["takeRequest"]>) => gate.through(() => store.takeRequest(...args)),
    gc: (...args: Parameters<SessionStore["gc"]>) => gate.through(() => store.gc(...args)),
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

import { setTimeout as delay } from "node:timers/promises";
import type { Alarm, Attempt, Durations, Rule } from "@autorec/domain";
import { createReconciler } from "@autorec/reconciler";
import type { AgoraAccess, Journal, Reconciler, ReconcilerDeps } from "@autorec/reconciler";
import { systemClock, systemRandom } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import { createSessionStore } from "@autorec/session-store";
import type { Simulator } from "@autorec/simulator";
import { DueWorker } from "../../services/watchdog/src/work-due.ts";
import { Gate } from "./gate.ts";
import { agoraAccess, appId, ruleHash } from "./reconciling-app.ts";
import { testRedisUrl } from "./redis.ts";

export interface WorkerOptions {
  /** Replaces single operations; gets the real store. */
  readonly store?: (store: SessionStore) => Partial<SessionStore>;
  readonly journal?: Journal;
  readonly redisUrl?: string;
  readonly appCertificate?: string;
  /** The rule in force at any moment; changes of it are a new configuration. Default: the one of all tests. */
  readonly rule?: () => Rule;
  /** What the operators' switches allow; everything by default. */
  readonly control?: ReconcilerDeps["control"];
  /** Of another deployment on the same App ID: its own keys and its own uids. */
  readonly deployment?: { readonly prefix: string; readonly deploymentId: string };
  /** What the worker believes that its account may do. */
  readonly quota?: { readonly requestsPerSecond: number; readonly workers: number };
  /** The greater goes first. */
  readonly priorityOf?: (channelName: string) => number;
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

/** What all workers of a test share. */
export interface WorkerWorld {
  readonly prefix: string;
  readonly simulator: Simulator;
  readonly durations: Durations;
  readonly rule: Rule;
  /** Told of every attempt that the workers' own journal takes. */
  readonly journaled: (entry: { readonly channelName: string; readonly attempt: Attempt }) => void;
  /** Ends every `watch`. */
  readonly stopping: AbortSignal;
}

/** Opens a worker; `close` comes when nothing of it is under way any more. */
export function openTestWorker(
  world: WorkerWorld,
  name: string,
  options: WorkerOptions,
): { readonly worker: TestWorker; readonly close: () => Promise<void> } {
  const loops: Promise<void>[] = [];
  const gate = new Gate();
  const notes = takeNotes();
  const ownStore = createSessionStore({
    redis: { url: options.redisUrl ?? testRedisUrl() },
    prefix: options.deployment?.prefix ?? world.prefix,
    shardCount: 1,
    commandTimeoutMs: 1_000,
    connectTimeoutMs: 1_000,
  });
  const { simulator, durations, rule } = world;
  const { appCertificate, quota } = options;
  const access = agoraAccess({ name, simulator, durations, gate, rule, appCertificate, quota });
  const store = behindGate({ ...ownStore, ...options.store?.(ownStore) }, gate);
  const ports = { store, access, gate, observer: notes.observer };
  const reconciler = createReconciler(depsOf(world, name, options, ports));
  const failed = (problem: unknown): void => void notes.failures.push(problem);
  const worker: TestWorker = {
    name,
    reconciler,
    gate,
    ...notes,
    watch: () => {
      loops.push(workOnDue({ world, gate, store, reconciler, owner: name, failed }));
    },
    reconcile: (channelName) => reconciler.reconcile({ appId, channelName }),
  };
  return {
    worker,
    close: async () => {
      await Promise.all(loops);
      await access.client.close();
      await ownStore.close();
    },
  };
}

/** What a worker tells of itself, as far as tests ask. */
function takeNotes() {
  const alarms: Alarm[] = [];
  const failures: unknown[] = [];
  const decided: string[] = [];
  let leasesLost = 0;
  const observer: ReconcilerDeps["observer"] = {
    decided: (step) => decided.push(`${step.ref.channelName} ${step.input.kind}`),
    alarm: (_ref, alarm) => alarms.push(alarm),
    called: () => undefined,
    leaseLost: () => {
      leasesLost += 1;
    },
    failed: (_ref, err) => failures.push(err),
  };
  return { alarms, failures, decided, leasesLost: () => leasesLost, observer };
}

interface WorkerPorts {
  readonly store: ReconcilerDeps["store"];
  readonly access: AgoraAccess;
  readonly gate: Gate;
  readonly observer: ReconcilerDeps["observer"];
}

function depsOf(world: WorkerWorld, name: string, options: WorkerOptions, ports: WorkerPorts): ReconcilerDeps {
  const { store, access, gate, observer } = ports;
  const ruleNow = options.rule ?? (() => world.rule);
  return {
    store,
    policy: {
      hash: "rules-1",
      ruleFor: ({ channelName }) => ({ ...ruleNow(), priority: options.priorityOf?.(channelName) ?? 0 }),
      knowsRule: (hash) => hash === ruleHash || hash === ruleNow().hash,
    },
    agoraFor: () => access,
    journal:
      options.journal ??
      (async ({ ref: { channelName }, attempt }) => {
        await gate.pass();
        world.journaled({ channelName, attempt });
      }),
    control: options.control ?? (() => ({ control: "run" })),
    durations: world.durations,
    deploymentId: options.deployment?.deploymentId ?? "test",
    owner: name,
    clock: systemClock,
    sleep: (ms) => delay(ms),
    newToken: () => systemRandom.token(),
    entropy: () => systemRandom.uint32(),
    observer,
  };
}

/** What a watchdog does, until the world stops: then what was begun ends. */
async function workOnDue(of: {
  readonly world: WorkerWorld;
  readonly gate: Gate;
  readonly store: ConstructorParameters<typeof DueWorker>[0]["store"];
  readonly reconciler: Reconciler;
  readonly owner: string;
  readonly failed: (problem: unknown) => void;
}): Promise<void> {
  const { world, gate, store, reconciler, owner, failed } = of;
  const due = new DueWorker({
    store,
    shardCount: 1,
    reconciler,
    owner,
    leaseMs: world.durations.leaseMs,
    newToken: () => systemRandom.token(),
    monotonicMs: () => systemClock.monotonicMs(),
    observer: { granted: () => undefined, unreadable: failed, settled: () => undefined, failed },
  });
  while (!world.stopping.aborted) {
    await due.round(0).catch(failed);
    await delay(world.durations.tickMs);
  }
  gate.open();
  await due.drained();
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
    cutRequests: (...args: Parameters<SessionStore["cutRequests"]>) => gate.through(() => store.cutRequests(...args)),
    holdWorkers: (...args: Parameters<SessionStore["holdWorkers"]>) => gate.through(() => store.holdWorkers(...args)),
    cutWorkers: (...args: Parameters<SessionStore["cutWorkers"]>) => gate.through(() => store.cutWorkers(...args)),
    gc: (...args: Parameters<SessionStore["gc"]>) => gate.through(() => store.gc(...args)),
  };
}

import type { StartAnswer } from "@autorec/events";
import { createReconciler } from "@autorec/reconciler";
import type { AgoraAccess, Reconciler, ReconcilerDeps } from "@autorec/reconciler";
import type { AccountQuota } from "@autorec/session-store";
import type { Chances } from "./fate.ts";
import type { ModelAgora } from "./model-agora.ts";
import type { Port, PortFault, SimProcess } from "./sim-process.ts";
import type { StoreBackend, StoreMethods } from "./store-backend.ts";

/** How often each kind of port fails. */
export interface PortChances {
  readonly store: Chances<PortFault>;
  readonly agora: Chances<PortFault>;
  readonly kafka: Chances<PortFault>;
}

/** The store as one process reaches it. */
export type ProcessStore = {
  readonly [Name in keyof StoreMethods]: (
    ...args: Parameters<StoreMethods[Name]>
  ) => Promise<Awaited<ReturnType<StoreMethods[Name]>>>;
};

/** Whose quota all processes of a world share. */
export const account = "account";

const away = new Error("Redis is away");

/** Puts the way between a process and Redis; `afterEffect` is told whenever that has changed what is due or waits. */
export function storeOf(
  process: SimProcess,
  options: {
    readonly backend: StoreBackend;
    readonly chances: Chances<PortFault>;
    readonly isAway: () => boolean;
    readonly afterEffect: () => unknown;
    /** Presence has reached Redis. */ readonly applied: (...args: Parameters<StoreMethods["applyPresence"]>) => void;
  },
): ProcessStore {
  const { backend, chances, isAway, afterEffect, applied } = options;
  const port = (name: string): Port => ({
    site: process.site(name),
    chances,
    limitMs: 3_000,
    wayMsMax: 3,
  });
  const ask = <T>(to: Port, effect: () => T | Promise<T>): Promise<T> =>
    process.ask(to, () => {
      if (isAway()) throw away;
      return effect();
    });
  const change = <T>(to: Port, effect: () => T | Promise<T>): Promise<T> =>
    process.ask(to, () => {
      if (isAway()) throw away;
      const reply = effect();
      if (reply instanceof Promise) {
        return reply.then(async (value) => {
          await afterEffect();
          return value;
        });
      }
      const pending = afterEffect();
      return pending === undefined ? reply : Promise.resolve(pending).then(() => reply);
    });
  const ports = {
    applyPresence: port("applyPresence"),
    releaseHolds: port("releaseHolds"),
    highestHold: port("highestHold"),
    claimDue: port("claimDue"),
    claimOne: port("claimOne"),
    renew: port("renew"),
    release: port("release"),
    commit: port("commit"),
    fact: port("fact"),
    gc: port("gc"),
    readChannel: port("readChannel"),
    announceRules: port("announceRules"),
    claimRelay: port("claimRelay"),
    releaseRelay: port("releaseRelay"),
    outboxRead: port("outboxRead"),
    outboxAck: port("outboxAck"),
    takeRequest: port("takeRequest"),
    cutRequests: port("cutRequests"),
    holdWorkers: port("holdWorkers"),
    cutWorkers: port("cutWorkers"),
    expiredWorkers: port("expiredWorkers"),
    readyEpoch: port("readyEpoch"),
    claimRebuild: port("claimRebuild"),
    rebuildChannel: port("rebuildChannel"),
    finishRebuild: port("finishRebuild"),
    nowMs: port("nowMs"),
    identity: port("identity"),
    lastServer: port("lastServer"),
    rememberServer: port("rememberServer"),
  } satisfies Record<keyof StoreMethods, Port>;
  return {
    applyPresence: (...args) =>
      change(ports.applyPresence, () => {
        applied(...args);
        return backend.applyPresence(...args);
      }),
    releaseHolds: (...args) => change(ports.releaseHolds, () => backend.releaseHolds(...args)),
    highestHold: (...args) => ask(ports.highestHold, () => backend.highestHold(...args)),
    claimDue: (...args) => change(ports.claimDue, () => backend.claimDue(...args)),
    claimOne: (...args) => change(ports.claimOne, () => backend.claimOne(...args)),
    renew: (...args) => change(ports.renew, () => backend.renew(...args)),
    release: (...args) => change(ports.release, () => backend.release(...args)),
    commit: (...args) => change(ports.commit, () => backend.commit(...args)),
    fact: (...args) => change(ports.fact, () => backend.fact(...args)),
    gc: (...args) => ask(ports.gc, () => backend.gc(...args)),
    readChannel: (...args) => ask(ports.readChannel, () => backend.readChannel(...args)),
    announceRules: (...args) => change(ports.announceRules, () => backend.announceRules(...args)),
    claimRelay: (...args) => ask(ports.claimRelay, () => backend.claimRelay(...args)),
    releaseRelay: (...args) => ask(ports.releaseRelay, () => backend.releaseRelay(...args)),
    outboxRead: (...args) => ask(ports.outboxRead, () => backend.outboxRead(...args)),
    outboxAck: (...args) => change(ports.outboxAck, () => backend.outboxAck(...args)),
    takeRequest: (...args) => ask(ports.takeRequest, () => backend.takeRequest(...args)),
    cutRequests: (...args) => ask(ports.cutRequests, () => backend.cutRequests(...args)),
    holdWorkers: (...args) => ask(ports.holdWorkers, () => backend.holdWorkers(...args)),
    cutWorkers: (...args) => ask(ports.cutWorkers, () => backend.cutWorkers(...args)),
    expiredWorkers: (...args) => ask(ports.expiredWorkers, () => backend.expiredWorkers(...args)),
    readyEpoch: (...args) => ask(ports.readyEpoch, () => backend.readyEpoch(...args)),
    claimRebuild: (...args) => ask(ports.claimRebuild, () => backend.claimRebuild(...args)),
    rebuildChannel: (...args) => change(ports.rebuildChannel, () => backend.rebuildChannel(...args)),
    finishRebuild: (...args) => change(ports.finishRebuild, () => backend.finishRebuild(...args)),
    nowMs: () => ask(ports.nowMs, () => backend.nowMs()),
    identity: () => ask(ports.identity, () => backend.identity()),
    lastServer: () => ask(ports.lastServer, () => backend.lastServer()),
    rememberServer: (seen) => ask(ports.rememberServer, () => backend.rememberServer(seen)),
  };
}

/** Agora as one process reaches it: an answer that nobody hears is what the client makes of silence. */
export function agoraOf(
  process: SimProcess,
  options: {
    readonly agora: ModelAgora;
    readonly chances: Chances<PortFault>;
    readonly knowsRule: (hash: string) => boolean;
    readonly quota: AccountQuota;
    /** Told of each request as it leaves the process. */
    readonly sent: (channelName: string, call: "acquire" | "start" | "query" | "stop") => unknown;
    /** This process was told the sid of a recorder that it has started. */
    readonly told: (sid: string) => void;
    /** Whether Redis may have lost the sid since somebody began to ask for it: who asks says nothing about who knows it then. */
    readonly isForgotten: (asked: {
      readonly channelName: string;
      readonly sid: string;
      readonly atMs: number;
    }) => boolean;
  },
): AgoraAccess {
  const { agora, chances, isForgotten, knowsRule, quota, sent, told } = options;
  const { clock, durations } = process.tools;
  const lost = { reason: "timeout", alarm: false } as const;
  const ask = ({ resourceId, sid }: { readonly resourceId: string; readonly sid: string }, call: "query" | "stop") => {
    const channelName = agora.channelOf(resourceId);
    sent(channelName, call);
    return { channelName, sid, atMs: clock.nowMs };
  };
  const wayMsMax = durations.callQueryMs / 20;
  const port = (name: string, limitMs: number): Port => ({
    site: process.site(name),
    chances,
    limitMs,
    wayMsMax,
  });
  const ports = {
    acquire: port("acquire", durations.callAcquireMs),
    start: port("start", durations.callStartMs),
    query: port("query", durations.callQueryMs),
    stop: port("stop", durations.callStopMs),
  };
  return {
    account,
    ...quota,
    resourceExpiredHour: 72,
    startRequest: (attempt) => (knowsRule(attempt.ruleHash) ? startBody : undefined),
    client: {
      acquire: async (order) => {
        sent(order.channelName, "acquire");
        return process.call(
          ports.acquire,
          () => agora.acquire(order),
          () => ({ ...lost, outcome: "again", schedule: "lost" }),
        );
      },
      start: async (order) => {
        sent(order.channelName, "start");
        const answer = await process.call<StartAnswer>(
          ports.start,
          () => agora.start(order),
          () => ({ ...lost, outcome: "again", schedule: "lost", ambiguous: true }),
        );
        if (answer.outcome === "ok") told(answer.sid);
        return answer;
      },
      query: async (order) => {
        const asked = ask(order, "query");
        return process.call(
          ports.query,
          () => agora.query(order, { isForgotten: isForgotten(asked) }),
          () => ({ ...lost, outcome: "unknown" }),
        );
      },
      stop: async (order) => {
        const asked = ask(order, "stop");
        return process.call(
          ports.stop,
          () => agora.stop(order, { isForgotten: isForgotten(asked) }),
          () => ({ ...lost, outcome: "unknown" }),
        );
      },
      close: async () => Promise.resolve(),
    },
  };
}

const startBody = {
  recordingConfig: { channelType: 0 },
  storageConfig: { vendor: 1, region: 0, bucket: "b", accessKey: "a", secretKey: "s" },
} as const;

/** The production reconciler of one life of a process, with everything outside in the hands of the world. */
export function reconcilerOf(
  process: SimProcess,
  parts: Pick<ReconcilerDeps, "store" | "policy" | "journal" | "observer" | "control"> & {
    readonly agora: AgoraAccess;
  },
): Reconciler {
  return createReconciler({
    store: parts.store,
    policy: parts.policy,
    control: parts.control,
    agoraFor: () => parts.agora,
    journal: parts.journal,
    durations: process.tools.durations,
    deploymentId: "simulation",
    owner: process.id,
    clock: process.localClock,
    sleep: (ms) => process.sleep(ms),
    after: (ms, run) => process.after(ms, run),
    newToken: () => process.newToken(),
    entropy: () => process.entropy(),
    observer: parts.observer,
  });
}

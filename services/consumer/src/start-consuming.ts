import type { Clock, KafkaProducer, Logger, Metrics } from "@autorec/service-kit";
import { createConsumer, fetchEndOffsets, fetchGroupLag } from "@autorec/service-kit";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import type { Admin, Kafka } from "kafkajs";
import { applyBatch } from "./apply-batch.ts";
import type { ChannelWork } from "./counted-work.ts";
import { deadLetterRecord } from "./dead-letter.ts";
import type { DeadLetter } from "./dead-letter.ts";
import { createDependencyHealth } from "./dependency-health.ts";
import { consumeEventTopic } from "./event-topic.ts";
import type { InputBatch } from "./input-record.ts";
import { lookTurn } from "./look-turn.ts";
import { PartitionWatch } from "./partition-watch.ts";
import { ReconcileQueue } from "./reconcile-queue.ts";
import { reportBatches } from "./report-batches.ts";
import type { KnownApps } from "./sort-records.ts";

/** Channels that one process works on at a time; each may have a call of up to 10 s under way. */
const reconcilesAtOnceMax = 128;
/**
 * Channels that may wait for that; the schedule looks at more. A waiting one costs a few hundred bytes, one that the schedule was
 * faster with a claim in vain; too few, and after a storm the schedule's process works alone.
 */
const reconcilesWaitingMax = 50_000;
/** How often the broker is asked for the lag. */
const refreshMs = 5_000;

export interface ConsumingDeps {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  /** Connected. */
  readonly producer: KafkaProducer;
  readonly store: Pick<SessionStore, "applyPresence" | "confirmReplicated" | "highestHold" | "releaseHolds" | "nowMs">;
  readonly shardCount: number;
  readonly apps: KnownApps;
  readonly topics: { readonly channelEvents: string; readonly deadLetters: string };
  readonly groupId: string;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  readonly work: ChannelWork;
  /** Channels that may be worked on, and wait for it; few in tests. */
  readonly queueLimits?: { readonly runningMax: number; readonly waitingMax: number };
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The reading half of the process, ready to run. */
export interface Consuming {
  readonly queue: ReconcileQueue;
  /** Reads until the signal is aborted, then finishes, commits and leaves the group. */
  readEvents(signal: AbortSignal): Promise<void>;
  /** Keeps the lag known and opens replay gates that a predecessor left closed. */
  watchPartitions(signal: AbortSignal): Promise<void>;
  /** In words, per dependency, why this process cannot do its work now; undefined = it can. */
  readonly problems: Readonly<Record<"kafka" | "redis" | "lag", () => string | undefined>>;
}

/** Wires the steps from the topic to presence and the queue of channels to look at; opens nothing. */
export function createConsuming(deps: ConsumingDeps): Consuming {
  const { admin, clock, groupId, log, metrics, store } = deps;
  const topic = deps.topics.channelEvents;
  const storeHealth = createDependencyHealth("redis", { log, clock });
  const kafkaHealth = createDependencyHealth("kafka", { log, clock });
  const queue = new ReconcileQueue({
    reconcile: (ref) => deps.work.reconcile(ref),
    ...(deps.queueLimits ?? { runningMax: reconcilesAtOnceMax, waitingMax: reconcilesWaitingMax }),
    onFailed: (ref, err) => log.warn({ ...ref, err }, "look at a channel failed, the schedule repeats it"),
  });
  const watch = new PartitionWatch({
    fetchEndOffsets: () => fetchEndOffsets(admin, topic),
    fetchLag: () => fetchGroupLag(admin, { groupId, topic }),
    highestHold: (partition) => highestHold(deps, partition),
    releaseHolds: (partition, offset) => releaseHolds(deps, partition, offset),
    setLag: (partition, records) => metrics.consumerLag.set({ partition: String(partition) }, records),
    clearLag: (partition) => metrics.consumerLag.remove({ partition: String(partition) }),
    monotonicMs: () => clock.monotonicMs(),
    log,
  });
  const batchDeps = {
    apps: deps.apps,
    store,
    sendDeadLetters: (letters: readonly DeadLetter[]) =>
      deps.producer.send(deadLetterRecord(deps.topics.deadLetters, letters)),
    lookAt: lookThrough(queue, { log, metrics }),
    keepTurn: (ref: ChannelRef) => lookTurn(ref, queue.keepTurn(ref), deps.work),
    storeAnswers: () => answers(store),
    storeHealth,
    kafkaHealth,
    clock,
    observer: reportBatches({ log, metrics, clock }),
  };
  return {
    queue,
    readEvents: (signal) => {
      // From here on other processes are the faster ones: what has not begun is due, and theirs.
      signal.addEventListener("abort", () => queue.close(), { once: true });
      return consumeEventTopic(
        {
          topic,
          createConsumer: () =>
            createConsumer(deps.kafka, { groupId, sessionMs: deps.sessionMs, rebalanceMs: deps.rebalanceMs }),
          sessionMs: deps.sessionMs,
          clock,
          log,
          handle: async (batch, stop) => {
            const outcome = await applyBatch(batch, batchDeps, stop);
            if (outcome.kind === "durable") await untilReplicated(deps);
            return outcome;
          },
          onAssigned: (partitions) => watch.assigned(partitions),
          onRevoked: () => watch.revoked(),
          onCommitted: async (batch: InputBatch, held: boolean) => {
            metrics.consumerLastCommit.set(clock.nowMs() / 1_000);
            await watch.committed(batch, held);
          },
        },
        signal,
      );
    },
    watchPartitions: (signal) => refreshUntil(signal, { watch, clock, log }),
    problems: {
      kafka: () => kafkaHealth.problem() ?? (watch.isMember ? undefined : "not a member of the consumer group yet"),
      redis: () => storeHealth.problem(),
      lag: () =>
        watch.unknownLag.length === 0 ? undefined : `lag unknown of partitions ${watch.unknownLag.join(", ")}`,
    },
  };
}

/** Hands changed channels to the queue. One that finds it full is counted and left to the schedule, which knows it as due. */
function lookThrough(
  queue: ReconcileQueue,
  { log, metrics }: Pick<ConsumingDeps, "log" | "metrics">,
): (ref: ChannelRef) => void {
  let saidFull = false;
  return (ref) => {
    const added = queue.add(ref);
    // Said again only after a time of rest: a full queue gets room and loses it with every channel that ends.
    if (queue.waitingCount === 0) saidFull = false;
    if (added !== "full") return;
    metrics.reconciles.inc({ source: "event", outcome: "again" });
    if (!saidFull)
      log.warn({ waitingCount: queue.waitingCount }, "too many channels wait, the schedule takes the rest");
    saidFull = true;
  };
}

async function highestHold({ shardCount, store }: ConsumingDeps, partition: number): Promise<bigint | undefined> {
  const holds = await Promise.all(
    Array.from({ length: shardCount }, (_, shard) => store.highestHold(shard, partition)),
  );
  const offsets = holds.flatMap((offset) => (offset === undefined ? [] : [BigInt(offset)]));
  return offsets.reduce<bigint | undefined>(
    (max, offset) => (max === undefined || offset > max ? offset : max),
    undefined,
  );
}

/** All shards: a partition carries channels of any of them. A shard with very many is asked until none is left. */
async function releaseHolds(deps: ConsumingDeps, partition: number, appliedOffset: string): Promise<number> {
  const released = await Promise.all(
    Array.from({ length: deps.shardCount }, async (_, shard) => {
      let sum = 0;
      for (let more = -1; more !== 0; sum += more)
        more = await deps.store.releaseHolds(shard, partition, appliedOffset);
      return sum;
    }),
  );
  return released.reduce((sum, count) => sum + count, 0);
}

/** Before the offsets are committed. A replica that lags delays nothing: what a failover loses is applied again anyway. */
async function untilReplicated({ log, store }: ConsumingDeps): Promise<void> {
  try {
    if ((await store.confirmReplicated()) === "unconfirmed") log.debug({}, "no replica of redis has the events yet");
  } catch (err) {
    log.debug({ err }, "redis replicas could not be asked");
  }
}

async function answers(store: Pick<SessionStore, "nowMs">): Promise<boolean> {
  try {
    await store.nowMs();
    return true;
  } catch {
    // Whatever it is, it is not the fault of one channel.
    return false;
  }
}

interface Refreshed {
  readonly watch: PartitionWatch;
  readonly clock: Clock;
  readonly log: Logger;
}

async function refreshUntil(signal: AbortSignal, { watch, clock, log }: Refreshed): Promise<void> {
  while (!signal.aborted) {
    try {
      await watch.refresh();
    } catch (err) {
      log.debug({ err }, "lag unknown for now");
    }
    // Right after a rebalance nobody knows the lag: ask soon, since readiness waits for it.
    await clock.sleep(watch.unknownLag.length > 0 || !watch.isMember ? refreshMs / 10 : refreshMs, signal);
  }
}

import { createLogger } from "@autorec/service-kit";
import type { JournalContent } from "@autorec/engine";
import type { Reconciler } from "@autorec/reconciler";
import { applyBatch } from "../../services/consumer/src/apply-batch.ts";
import type { ApplyBatchDeps } from "../../services/consumer/src/apply-batch.ts";
import type { InputBatch, InputRecord } from "../../services/consumer/src/input-record.ts";
import { lookTurn } from "../../services/consumer/src/look-turn.ts";
import { PartitionWatch } from "../../services/consumer/src/partition-watch.ts";
import { ReconcileQueue } from "../../services/consumer/src/reconcile-queue.ts";
import { sortRecords } from "../../services/consumer/src/sort-records.ts";
import type { Chances } from "./fate.ts";
import type { LogRecord, ModelKafka } from "./model-kafka.ts";
import type { PortFault, SimProcess } from "./sim-process.ts";
import type { StateSources } from "./state-keeper.ts";
import type { StoreBackend } from "./store-backend.ts";
import type { ProcessStore } from "./worker-parts.ts";

const { log } = createLogger({ service: "consumer", instanceId: "simulation", version: "0", level: "silent" });
const health = { failed: () => undefined, works: () => undefined, problem: () => undefined };

export interface ConsumerRoleOptions {
  readonly kafka: ModelKafka;
  readonly chances: Chances<PortFault>;
  readonly store: ProcessStore;
  readonly reconciler: Reconciler;
  readonly shardCount: number;
  readonly appId: string;
  /** Offsets of a partition were committed: everything before them must be in Redis. */
  readonly committed: (partition: number, records: readonly LogRecord[]) => void;
}

/** The steps of the consumer around a model of Kafka: fetch, apply, commit, and the replay gate; the queue of looks beside. */
export function runConsumer(process: SimProcess, options: ConsumerRoleOptions): void {
  const { kafka, store, reconciler, shardCount } = options;
  const { id } = process;
  // Never aborted. One for each life: what waits for it is kept for as long as it is.
  const forever = new AbortController().signal;
  const queue = new ReconcileQueue({
    reconcile: (ref) => reconciler.reconcile(ref),
    runningMax: 8,
    waitingMax: 64,
    onFailed: () => undefined,
  });
  const watch = new PartitionWatch({
    fetchEndOffsets: () =>
      askKafka(process, options, () => new Map(kafka.partitions.map((_, i) => [i, BigInt(kafka.end(i))]))),
    fetchLag: () =>
      askKafka(process, options, () => new Map(kafka.partitions.map((_, i) => [i, kafka.end(i) - kafka.committed(i)]))),
    highestHold: async (partition) => {
      const holds = await Promise.all(shards(shardCount).map((shard) => store.highestHold(shard, partition)));
      return holds.flatMap((hold) => (hold === undefined ? [] : [BigInt(hold)])).sort((a, b) => (a < b ? 1 : -1))[0];
    },
    releaseHolds: async (partition, offset) => {
      const released = await Promise.all(
        shards(shardCount).map((shard) => store.releaseHolds(shard, partition, offset)),
      );
      return released.reduce((sum, count) => sum + count, 0);
    },
    setLag: () => undefined,
    clearLag: () => undefined,
    monotonicMs: () => process.monotonicMs(),
    log,
  });
  const batchDeps: ApplyBatchDeps = {
    apps: { appIds: new Set([options.appId]), onlyAppId: undefined },
    store,
    sendDeadLetters: () => askKafka(process, options, () => undefined),
    lookAt: (ref) => queue.add(ref),
    keepTurn: (ref) => lookTurn(ref, queue.keepTurn(ref), reconciler),
    storeAnswers: () => Promise.resolve(false),
    storeHealth: health,
    kafkaHealth: health,
    clock: process.localClock,
    observer: {
      sorted: () => undefined,
      applied: () => undefined,
      held: () => undefined,
      reservedUidUsed: () => undefined,
      deadLettered: () => undefined,
    },
  };
  const join = (): void => {
    kafka.join(id, () => {
      // The group does not know yet that this member is dead.
      if (process.id !== id) return;
      const assigned = kafka.assigned(id);
      watch.assigned(assigned);
      for (const partition of assigned) {
        readPartition({ process, options, batchDeps, watch, partition, forever, generation: kafka.generation }).catch(
          failed,
        );
      }
    });
  };
  process.after(process.site("join").between(0, 3_000), join);
  refresh(process, watch).catch(failed);
  keepMembership(process, { kafka, join }).catch(failed);
}

/** What a consumer reads to bring back what Redis has lost: the journal, and the events from their beginning. */
export function stateSourcesOf(
  process: SimProcess,
  options: Pick<ConsumerRoleOptions, "appId" | "chances" | "kafka" | "store"> & {
    readonly backend: StoreBackend;
    readonly journal: JournalContent;
  },
): StateSources {
  const { backend, journal, kafka, store } = options;
  const apps = { appIds: new Set([options.appId]), onlyAppId: undefined };
  return {
    readJournal: () => askKafka(process, options, () => new Map(journal)),
    replayPresence: async ({ shards, signal, sinceMs }) => {
      let count = 0;
      for (let partition = 0; partition < kafka.partitions.length; partition += 1) {
        const records = await askKafka(process, options, () => kafka.since(partition, sinceMs));
        const inputs = records.map((record) => inputRecord(partition, record));
        const { groups } = sortRecords(inputs, { apps, nowMs: process.localClock.nowMs() });
        for (const { events, ref } of groups.filter((group) => shards.has(backend.shardOf(group.ref)))) {
          signal.throwIfAborted();
          await store.applyPresence(ref, { events });
        }
        count += records.length;
      }
      return { records: count };
    },
  };
}

function inputRecord(partition: number, { offset, timestampMs, value }: LogRecord): InputRecord {
  return {
    ...{ topic: "rtc.channel-events", partition, offset: String(offset) },
    ...{ timestampMs, key: undefined, value, headers: {} },
  };
}

/** A member that was taken for dead joins again when it wakes. */
async function keepMembership(
  process: SimProcess,
  options: { readonly kafka: ModelKafka; readonly join: () => void },
): Promise<void> {
  const { kafka, join } = options;
  const { id } = process;
  const { kafkaSessionMs } = process.tools.durations;
  await process.sleep(kafkaSessionMs);
  for (;;) {
    if (!kafka.isMember(id)) join();
    await process.sleep(kafkaSessionMs);
  }
}

async function refresh(process: SimProcess, watch: PartitionWatch): Promise<void> {
  for (;;) {
    await process.sleep(30_000);
    await watch.refresh().catch(() => undefined);
  }
}

async function readPartition(at: {
  readonly process: SimProcess;
  readonly options: ConsumerRoleOptions;
  readonly batchDeps: ApplyBatchDeps;
  readonly watch: PartitionWatch;
  readonly partition: number;
  readonly forever: AbortSignal;
  readonly generation: number;
}): Promise<void> {
  const { process, options, batchDeps, watch, partition, forever, generation } = at;
  const { kafka } = options;
  const { id } = process;
  const batchSize = process.site(`batch ${String(partition)}`);
  const isStale = (): boolean => kafka.generation !== generation;
  await process.sleep(process.site("rebalance").between(100, 2_000));
  let position = kafka.committed(partition);
  while (!isStale()) {
    if (position >= kafka.end(partition)) {
      await new Promise<void>((resolve) => {
        kafka.onAppended(() => {
          if (process.id === id) process.after(5, resolve);
        });
      });
      continue;
    }
    const size = batchSize.between(1, 20);
    const records = kafka.partitions[partition]?.slice(position, position + size) ?? [];
    const next = position + records.length;
    const batch: InputBatch = {
      partition,
      nextOffset: String(next),
      endOffset: String(kafka.end(partition)),
      records: records.map((record) => inputRecord(partition, record)),
    };
    const outcome = await applyBatch(batch, batchDeps, forever);
    if (outcome.kind === "abandoned") return;
    try {
      const isCommitted = await askKafka(process, options, () => {
        const accepted = kafka.commit(partition, next, { member: id, generation });
        if (accepted) options.committed(partition, records);
        return accepted;
      });
      if (!isCommitted) return;
      await watch.committed(batch, outcome.held);
      position = next;
    } catch {
      // As kafkajs after a lost commit: read again from what the group has.
      position = kafka.committed(partition);
    }
  }
}

function askKafka<T>(
  process: SimProcess,
  { chances }: Pick<ConsumerRoleOptions, "chances">,
  effect: () => T,
): Promise<T> {
  return process.ask({ site: process.site("kafka"), chances, limitMs: 5_000, wayMsMax: 10 }, effect);
}

function shards(count: number): readonly number[] {
  return Array.from({ length: count }, (_, shard) => shard);
}

/** A programming mistake in the model itself. */
function failed(err: unknown): void {
  throw err;
}

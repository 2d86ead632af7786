import type { Logger } from "@autorec/service-kit";
import { hasReached } from "./input-record.ts";
import type { InputBatch } from "./input-record.ts";

/** A partition whose holds were found released is asked again this often: a paused predecessor may have left one since. */
const holdsAgainMs = 60_000;

export interface PartitionWatchDeps {
  /** Offset that the next record of each partition will get. */
  readonly fetchEndOffsets: () => Promise<ReadonlyMap<number, bigint>>;
  /** Records of each partition that the group has yet to commit. */
  readonly fetchLag: () => Promise<ReadonlyMap<number, number>>;
  /** The greatest offset that any hold of the partition, in any shard, is to last until. */
  readonly highestHold: (partition: number) => Promise<bigint | undefined>;
  /** Ends the holds of the partition, in all shards, that were to last until this offset or an earlier one. */
  readonly releaseHolds: (partition: number, appliedOffset: string) => Promise<number>;
  readonly setLag: (partition: number, records: number) => void;
  readonly clearLag: (partition: number) => void;
  readonly monotonicMs: () => number;
  readonly log: Logger;
}

interface Watched {
  lag: number | undefined;
  /** The greatest offset that a hold of this process waits for. */
  holdUntil: string | undefined;
  holdsCheckedMs: number;
}

/** How far this process has come with the partitions it holds, and the end of the replay gate for each of them. */
export class PartitionWatch {
  readonly #deps: PartitionWatchDeps;
  readonly #watched = new Map<number, Watched>();

  constructor(deps: PartitionWatchDeps) {
    this.#deps = deps;
  }

  get isMember(): boolean {
    return this.#isMember;
  }
  #isMember = false;

  /** Partitions whose lag nobody could tell yet. */
  get unknownLag(): readonly number[] {
    return [...this.#watched].filter(([, { lag }]) => lag === undefined).map(([partition]) => partition);
  }

  assigned(partitions: readonly number[]): void {
    this.revoked();
    this.#isMember = true;
    for (const partition of partitions) {
      this.#watched.set(partition, { lag: undefined, holdUntil: undefined, holdsCheckedMs: Number.NEGATIVE_INFINITY });
    }
  }

  revoked(): void {
    this.#isMember = false;
    for (const partition of this.#watched.keys()) this.#deps.clearLag(partition);
    this.#watched.clear();
  }

  /** A batch is durable and committed; `held`: some of its channels wait for the end offset known when it was fetched. */
  async committed(batch: InputBatch, held: boolean): Promise<void> {
    const watched = this.#watched.get(batch.partition);
    if (watched === undefined) return;
    this.#setLag(batch.partition, watched, Number(BigInt(batch.endOffset) - BigInt(batch.nextOffset)));
    if (held) watched.holdUntil = batch.endOffset;
    if (watched.holdUntil !== undefined && hasReached(batch.nextOffset, watched.holdUntil)) {
      await this.#release(batch.partition, watched, batch.nextOffset);
    }
  }

  /** Asks the broker, so that a partition that stands still shows its lag, and ends holds that nobody else will end. */
  async refresh(): Promise<void> {
    if (!this.#isMember) return;
    // Holds first: each was the end of its partition when it was written, so an end learned later can only be as great.
    const holds = await this.#askHolds();
    // The ends next: what was committed later has passed at least `end - lag`.
    const ends = await this.#deps.fetchEndOffsets();
    const lags = await this.#deps.fetchLag();
    for (const [partition, watched] of [...this.#watched]) {
      const end = ends.get(partition);
      const lag = lags.get(partition);
      if (end === undefined || lag === undefined) continue;
      this.#setLag(partition, watched, lag);
      if (!this.#isCheckDue(watched)) continue;
      await this.#release(partition, watched, endOfHolds({ end, lag, hold: holds.get(partition) }));
      // A partition with a lag is asked again at the next refresh.
      if (lag > 0) watched.holdsCheckedMs = Number.NEGATIVE_INFINITY;
    }
  }

  #isCheckDue(watched: Watched): boolean {
    return this.#deps.monotonicMs() - watched.holdsCheckedMs >= holdsAgainMs;
  }

  async #askHolds(): Promise<ReadonlyMap<number, bigint>> {
    const holds = new Map<number, bigint>();
    for (const [partition, watched] of [...this.#watched]) {
      if (!this.#isCheckDue(watched)) continue;
      try {
        const hold = await this.#deps.highestHold(partition);
        if (hold !== undefined) holds.set(partition, hold);
      } catch (err) {
        // The lag is Kafka's to tell, whatever Redis does; a release fails too, and is tried again.
        this.#deps.log.debug({ err, partition }, "replay gate could not be looked at");
      }
    }
    return holds;
  }

  async #release(partition: number, watched: Watched, appliedOffset: string): Promise<void> {
    try {
      const released = await this.#deps.releaseHolds(partition, appliedOffset);
      watched.holdsCheckedMs = this.#deps.monotonicMs();
      if (watched.holdUntil !== undefined && hasReached(appliedOffset, watched.holdUntil))
        watched.holdUntil = undefined;
      if (released > 0) this.#deps.log.info({ partition, released, appliedOffset }, "replay gate opened");
    } catch (err) {
      // Asked again with the next batch or refresh.
      watched.holdsCheckedMs = Number.NEGATIVE_INFINITY;
      this.#deps.log.warn({ err, partition }, "replay gate could not be opened yet");
    }
  }

  #setLag(partition: number, watched: Watched, lag: number): void {
    watched.lag = lag;
    this.#deps.setLag(partition, lag);
  }
}

interface Position {
  readonly end: bigint;
  readonly lag: number;
  readonly hold: bigint | undefined;
}

/**
 * Up to which offset holds are over. One beyond the end was left by a topic that has been made anew since: nobody can read that
 * far any more, so it is over, with all the others, when the new topic has been read.
 */
function endOfHolds({ end, hold, lag }: Position): string {
  if (hold !== undefined && hold > end && lag <= 0) return String(hold);
  const applied = end - BigInt(lag);
  return String(applied > 0n ? applied : 0n);
}

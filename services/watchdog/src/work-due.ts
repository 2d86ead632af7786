import type { Reconciler } from "@autorec/reconciler";
import type { ClaimedChannel, SessionStore } from "@autorec/session-store";

/** Channels this process works on at the same time; each may have a call under way and a lease to renew. */
const channelsMax = 256;
/** Channels taken from one shard at a time, so that one claim is one short script. */
const claimMax = 32;

export interface WorkDueDeps {
  readonly store: Pick<SessionStore, "claimDue">;
  readonly shardCount: number;
  readonly reconciler: Pick<Reconciler, "work">;
  readonly owner: string;
  readonly leaseMs: number;
  readonly newToken: () => string;
  readonly monotonicMs: () => number;
  readonly observer: {
    /** A due channel was granted, so long after the first of its attempts was due. */
    granted(delayMs: number): void;
    /** A record in Redis that this version cannot read: a person must look. */
    unreadable(problem: {
      readonly appId: string;
      readonly channelName: string;
      readonly code: string;
      readonly message: string;
    }): void;
    settled(outcome: string, durationMs: number): void;
    failed(err: unknown): void;
  };
}

/** Takes whatever is due and works on it; any number of these may run, the lease decides who gets which channel. */
export class DueWorker {
  readonly #deps: WorkDueDeps;
  readonly #running = new Set<Promise<void>>();
  /** A claim whose reply was lost is asked again with its own token: then it answers the same channels. */
  readonly #unanswered = new Map<number, string>();

  constructor(deps: WorkDueDeps) {
    this.#deps = deps;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /**
   * One round over all shards, starting anywhere, so that several watchdogs seldom ask for the same one. As many shards as there
   * is room for are asked side by side: nearly all rounds find nothing, and then they cost an answer or two, not one per shard.
   * Answers `behind` when more may be due than there was room for.
   */
  async round(firstShard: number): Promise<"behind" | "done"> {
    const { shardCount } = this.#deps;
    const shards = Array.from({ length: shardCount }, (_, i) => (firstShard + i) % shardCount);
    let isBehind = false;
    while (shards.length > 0 && this.#running.size < channelsMax) {
      const room = channelsMax - this.#running.size;
      const together = shards.splice(0, Math.max(1, Math.floor(room / claimMax)));
      // All are waited for: a claim that is still under way must not be asked again with its token by the next round.
      const max = Math.min(claimMax, room);
      const claims = await Promise.allSettled(together.map((shard) => this.#claimShard(shard, max)));
      for (const claim of claims) {
        if (claim.status === "rejected") throw claim.reason;
        isBehind ||= claim.value >= max;
      }
    }
    return isBehind || shards.length > 0 ? "behind" : "done";
  }

  /** Resolves when everything that was under way has ended. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  /** Answers how many channels were granted. */
  async #claimShard(shard: number, max: number): Promise<number> {
    const { store, owner, leaseMs, newToken, monotonicMs, observer } = this.#deps;
    const token = this.#unanswered.get(shard) ?? newToken();
    const askedAtMs = monotonicMs();
    this.#unanswered.set(shard, token);
    const claim = await store.claimDue(shard, { token, owner, leaseMs, max });
    this.#unanswered.delete(shard);
    if (claim.kind === "not_ready") return 0;
    for (const { ref, unreadable } of claim.unreadable) observer.unreadable({ ...ref, ...unreadable });
    for (const channel of claim.channels) {
      observer.granted(delayMs(channel));
      this.#start({ channel, token, askedAtMs });
    }
    return claim.channels.length + claim.unreadable.length;
  }

  #start(grant: Parameters<Reconciler["work"]>[0]): void {
    const { reconciler, monotonicMs, observer } = this.#deps;
    const startedAtMs = monotonicMs();
    const work = reconciler
      .work(grant)
      .then((outcome) => {
        observer.settled(outcome, monotonicMs() - startedAtMs);
      })
      .catch((err: unknown) => {
        observer.failed(err);
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }
}

/** How late the channel is looked at, told by its open attempts; 0 when a hint made it due. */
function delayMs({ view, nowMs }: ClaimedChannel): number {
  const due = Object.values(view.record.attempts).filter((attempt) => attempt.st !== "CLOSED");
  return Math.max(0, nowMs - Math.min(nowMs, ...due.map((attempt) => attempt.dueAtMs)));
}

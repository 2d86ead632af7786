import type { PendingFact } from "@autorec/domain";
import type { ChannelRef, ReconcilerDeps } from "./ports.ts";

/** Many times what one process has under way; the oldest goes first. */
const keptMax = 10_000;

/** What keeping facts needs of the reconciler's ports. */
export interface UntoldFactsDeps {
  readonly store: Pick<ReconcilerDeps["store"], "fact">;
  readonly durations: Pick<ReconcilerDeps["durations"], "leaseMs" | "tickMs">;
  readonly sleep: ReconcilerDeps["sleep"];
  readonly observer: Pick<ReconcilerDeps["observer"], "failed" | "untold">;
}

/** When a fact is decided on; absent: at once. */
type Given = Parameters<ReconcilerDeps["store"]["fact"]>[2];

interface Untold {
  readonly ref: ChannelRef;
  readonly fact: PendingFact;
  readonly given: Given;
}

/**
 * What Agora has told this process and Redis does not know yet. A sid that is forgotten makes a recorder that nobody can stop,
 * so each is offered again until Redis has it, however long Redis is away, as long as the process lives.
 */
export class UntoldFacts {
  readonly #deps: UntoldFactsDeps;
  readonly #kept = new Set<Untold>();
  #isClosed = false;

  constructor(deps: UntoldFactsDeps) {
    this.#deps = deps;
  }

  /** Stores the fact, or keeps it to be stored later; never rejects. */
  async tell(ref: ChannelRef, fact: PendingFact, given?: Given): Promise<void> {
    const untold: Untold = { ref, fact, given };
    this.#keep(untold);
    try {
      await this.#deps.store.fact(ref, fact, given);
      this.#kept.delete(untold);
    } catch (err) {
      this.#deps.observer.failed(ref, err);
      if (this.#isClosed) this.#giveUp(untold);
      else
        this.#offerAgain(untold).catch((again: unknown) => {
          this.#deps.observer.failed(ref, again);
        });
    }
  }

  /**
   * Offers once more what is left, or what Redis has not answered yet, and names what nobody will hear of; from here on that is
   * whatever a first try does not store. Answers how much was stored and how much was not.
   */
  async close(): Promise<{ readonly finished: number; readonly left: number }> {
    this.#isClosed = true;
    const kept = [...this.#kept];
    const tries = await Promise.allSettled(kept.map(({ fact, given, ref }) => this.#deps.store.fact(ref, fact, given)));
    const left = kept.filter((untold, i) => tries[i]?.status === "rejected" && this.#giveUp(untold));
    for (const untold of kept) this.#kept.delete(untold);
    return { finished: kept.length - left.length, left: left.length };
  }

  #keep(untold: Untold): void {
    this.#kept.add(untold);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= keptMax) break;
      this.#giveUp(oldest);
    }
  }

  /** Waits twice as long each time, up to half a lease: what is told so late has been covered, but can be stopped. */
  async #offerAgain(untold: Untold): Promise<void> {
    const { durations, sleep, store } = this.#deps;
    const mostMs = durations.leaseMs / 2;
    for (let waitMs = durations.tickMs; this.#kept.has(untold); waitMs = Math.min(2 * waitMs, mostMs)) {
      await sleep(waitMs);
      if (!this.#kept.has(untold)) return;
      try {
        await store.fact(untold.ref, untold.fact, untold.given);
        this.#kept.delete(untold);
      } catch {
        // The first failure was told; this one says the same.
      }
    }
  }

  /** Names a fact, once; false when it has been stored, or was named before. */
  #giveUp(untold: Untold): boolean {
    const isLeft = this.#kept.delete(untold);
    if (isLeft) this.#deps.observer.untold?.(untold.ref, untold.fact);
    return isLeft;
  }
}

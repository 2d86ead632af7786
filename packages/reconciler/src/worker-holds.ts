import { workerHoldMs } from "@autorec/domain";
import type { Attempt, ChannelRecord, Durations } from "@autorec/domain";
import type { ChannelRef, ReconcilerDeps } from "./ports.ts";

/** How long from now an attempt keeps its worker; 0 = it has none any more. */
interface AttemptHold {
  readonly n: number;
  readonly holdMs: number;
}

interface Change {
  readonly before: ChannelRecord;
  readonly after: ChannelRecord;
  readonly nowMs: number;
}

/** Keeps the account's ledger of workers true during one turn of work, beside it and never in its way; a janitor repairs what is lost. */
export class WorkerHolds {
  readonly #ref: ChannelRef;
  readonly #deps: Pick<ReconcilerDeps, "agoraFor" | "durations" | "observer" | "store">;
  readonly #underWay = new Set<Promise<void>>();
  #isFirst = true;

  constructor(ref: ChannelRef, deps: Pick<ReconcilerDeps, "agoraFor" | "durations" | "observer" | "store">) {
    this.#ref = ref;
    this.#deps = deps;
  }

  /** Tells what a durable decision changes. */
  follow(change: Change): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#tell(holdsAfter({ ...change, durations: this.#deps.durations, isFirst }));
  }

  /** These attempts have no worker, whatever was reserved for them. */
  free(attempts: readonly number[]): void {
    this.#tell(attempts.map((n) => ({ n, holdMs: 0 })));
  }

  /** Resolves when the ledger has heard everything, or cannot be told. */
  async written(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #tell(holds: readonly AttemptHold[]): void {
    const { agoraFor, observer, store } = this.#deps;
    const account = agoraFor(this.#ref.appId)?.account;
    if (account === undefined || holds.length === 0) return;
    const held = store
      .holdWorkers(
        account,
        holds.map((hold) => ({ ref: this.#ref, ...hold })),
      )
      .catch((err: unknown) => {
        observer.failed(this.#ref, err);
      })
      .finally(() => this.#underWay.delete(held));
    this.#underWay.add(held);
  }
}

/** A reservation is prolonged when a part of it is over, not with every look. */
const freshShare = 0.25;

/**
 * What a decision changes in the ledger: what came to another state, and, once per turn of work, whatever is open and not
 * quite new. CLAIMED is not told: its worker is reserved before its acquire.
 */
function holdsAfter(
  change: Change & { readonly durations: Durations; /** The first decision of a turn. */ readonly isFirst: boolean },
): readonly AttemptHold[] {
  const { before, after, nowMs, durations, isFirst } = change;
  const isTold = (attempt: Attempt): boolean => {
    const earlier = before.attempts[attempt.n];
    if (attempt.st === "CLAIMED") return false;
    if (earlier?.st !== attempt.st) return !isSameHold(earlier, attempt);
    const isFresh = nowMs - attempt.claimedAtMs < durations.quotaHoldMs * freshShare;
    return isFirst && attempt.st !== "CLOSED" && !isFresh;
  };
  return Object.values(after.attempts)
    .filter(isTold)
    .map((attempt) => ({ n: attempt.n, holdMs: workerHoldMs(attempt, nowMs, durations) }));
}

/** From READY on a worker is held in the same way until the attempt is a doubt, a ghost or over. */
function isSameHold(earlier: Attempt | undefined, attempt: Attempt): boolean {
  return earlier !== undefined && isHeld(earlier) && isHeld(attempt);
}

function isHeld({ st }: Attempt): boolean {
  return st === "READY" || st === "LIVE" || st === "CONF" || st === "STOPPING";
}

import { requestWindowMs, spareWorkers } from "@autorec/domain";
import type { SessionStore, WorkerHold, WorkerOrder } from "@autorec/session-store";

type Args<Name extends keyof SessionStore> = Parameters<SessionStore[Name]>;
type Reply<Name extends keyof SessionStore> = Awaited<ReturnType<SessionStore[Name]>>;

/** As the script has them: how far ahead a class books (windows), what it leaves free, what it is owed (percent). */
const shares = {
  start: { ahead: 1.5, spare: 0, owed: 50 },
  confirm: { ahead: 0.45, spare: 0, owed: 1 },
  stop: { ahead: 0.3, spare: 0, owed: 4 },
  "restart-check": { ahead: 0.15, spare: 0, owed: 3 },
  poll: { ahead: 0, spare: 20, owed: 2 },
} as const;

interface Cut {
  readonly left: number;
  readonly atMs: number;
}

type Reservation = Pick<WorkerHold, "n" | "ref"> & { readonly untilMs: number };

/** One account's quota, as the scripts of session-store keep it; a share that 429 or 406 has taken grows back in steps. */
export class ModelQuota {
  readonly #nowMs: () => number;
  readonly #recoverMs: number;
  #sentUs: number[] = [];
  readonly #lastUs = new Map<string, number>();
  readonly #backUs = new Map<string, number>();
  #requestCut: Cut | undefined;
  #workerCut: Cut | undefined;
  readonly #workers = new Map<string, Reservation>();
  readonly #waiting = new Map<string, { readonly rank: number; askedAtMs: number }>();

  constructor(options: { readonly nowMs: () => number; readonly recoverMs: number }) {
    this.#nowMs = options.nowMs;
    this.#recoverMs = options.recoverMs;
  }

  copy(): ModelQuota {
    const copy = new ModelQuota({ nowMs: this.#nowMs, recoverMs: this.#recoverMs });
    copy.#sentUs = this.#sentUs;
    for (const [name, atUs] of this.#lastUs) copy.#lastUs.set(name, atUs);
    for (const [name, atUs] of this.#backUs) copy.#backUs.set(name, atUs);
    copy.#requestCut = this.#requestCut;
    copy.#workerCut = this.#workerCut;
    for (const [key, reservation] of this.#workers) copy.#workers.set(key, reservation);
    for (const [key, waiter] of this.#waiting) copy.#waiting.set(key, { ...waiter });
    return copy;
  }

  takeRequest(order: Args<"takeRequest">[1]): Reply<"takeRequest"> {
    const refusal = order.worker === undefined ? undefined : this.#reserve(order.worker);
    if (refusal !== undefined) return refusal;
    const nowUs = this.#nowMs() * 1_000;
    const rate = (order.requestsPerSecond * this.#percentLeft()) / 100;
    const limit = Math.max(1, Math.floor(rate));
    const windowUs = Math.ceil((requestWindowMs * 1_000) / Math.min(1, rate));
    const spacingUs = Math.ceil(windowUs / limit);
    const { ahead, owed, spare } = shares[order.class];
    const aheadUs = (order.holdsResource === true ? 2 : ahead) * windowUs;
    const [lastUs = 0] = this.#sentUs;
    const queueUs = lastUs > nowUs ? lastUs + Math.ceil(spacingUs * 0.8) : nowUs;
    const freeUs = (most: number): number => {
      const sentUs = this.#sentUs[most - 1];
      return sentUs === undefined ? queueUs : Math.max(queueUs, sentUs + windowUs);
    };
    const nextUs = freeUs(limit);
    const isOwed = nextUs - (this.#lastUs.get(order.class) ?? -Infinity) >= (windowUs * 100) / (owed * limit);
    const atUs = isOwed ? nextUs : freeUs(Math.max(1, limit - Math.floor((limit * spare) / 100)));
    if (isOwed || atUs - nowUs <= aheadUs) {
      this.#sentUs = [atUs, ...this.#sentUs].slice(0, Math.max(1, Math.floor(order.requestsPerSecond)));
      this.#lastUs.set(order.class, atUs);
      return { kind: "granted", waitMs: Math.ceil((atUs - nowUs) / 1_000) };
    }
    const firstUs = nowUs + Math.max((order.awayMsMin ?? 0) * 1_000, atUs - nowUs - Math.floor(aheadUs / 2));
    const nextBackUs = Math.max(firstUs, (this.#backUs.get(order.class) ?? 0) + spacingUs);
    const backUs = nextBackUs > firstUs + 15_000_000 ? firstUs + Math.floor(spacingUs / 2) : nextBackUs;
    this.#backUs.set(order.class, backUs);
    return { kind: "refused", retryInMs: Math.ceil((backUs - nowUs) / 1_000) };
  }

  cutRequests(): number {
    const left = this.#percentLeft();
    if (this.#requestCut !== undefined && this.#nowMs() - this.#requestCut.atMs < requestWindowMs) return left;
    this.#requestCut = { left: Math.max(10, Math.floor(left / 2)), atMs: this.#nowMs() };
    return this.#requestCut.left;
  }

  /** Why there is no worker for the attempt; undefined = it has one. */
  #reserve(order: WorkerOrder): Reply<"takeRequest"> | undefined {
    const key = keyOf(order);
    const nowMs = this.#nowMs();
    for (const [waiter, { askedAtMs }] of this.#waiting)
      if (askedAtMs <= nowMs - 3 * order.retryMs) this.#waiting.delete(waiter);
    const rank = rankOf(order);
    const limit = this.#workersLeft(order.workers);
    const isBefore = (waiter: string, other: number): boolean =>
      waiter !== key && (other < rank || (other === rank && waiter < key));
    const ahead = [...this.#waiting].filter(([waiter, other]) => isBefore(waiter, other.rank)).length;
    const spare = order.isTakeover ? 0 : spareWorkers(order.workers);
    const used = this.#workers.size;
    if (!this.#workers.has(key) && ahead >= limit - spare - used) {
      this.#waiting.set(key, { rank, askedAtMs: nowMs });
      return { kind: "no_worker", used, limit, ahead };
    }
    this.#workers.set(key, { ref: order.ref, n: order.n, untilMs: nowMs + order.reserveMs });
    this.#waiting.delete(key);
    return undefined;
  }

  get reservedWorkers(): number {
    return this.#workers.size;
  }

  /** Reservations that are over. */
  expiredWorkers(max: number): Reply<"expiredWorkers"> {
    const over = [...this.#workers.values()].filter(({ untilMs }) => untilMs <= this.#nowMs());
    return over.sort((one, other) => one.untilMs - other.untilMs).slice(0, max);
  }

  holdWorkers(holds: Args<"holdWorkers">[1], which: Args<"holdWorkers">[2] = "any"): void {
    const nowMs = this.#nowMs();
    for (const { holdMs, n, ref } of holds) {
      const key = keyOf({ n, ref });
      if (which === "expired" && (this.#workers.get(key)?.untilMs ?? Infinity) > nowMs) continue;
      if (holdMs > 0) this.#workers.set(key, { n, ref, untilMs: nowMs + holdMs });
      else this.#workers.delete(key);
      this.#waiting.delete(key);
    }
  }

  cutWorkers(refused: Args<"cutWorkers">[1]): number {
    const running = this.#workers.size - (this.#workers.has(keyOf(refused)) ? 1 : 0);
    const left = Math.max(1, Math.min(this.#workersLeft(refused.workers), running));
    this.#workerCut = { left, atMs: this.#nowMs() };
    return left;
  }

  #percentLeft(): number {
    return this.#requestCut === undefined ? 100 : Math.min(100, this.#grown(this.#requestCut, 10));
  }

  #workersLeft(workers: number): number {
    if (this.#workerCut === undefined) return workers;
    return Math.min(workers, this.#grown(this.#workerCut, Math.max(1, Math.ceil(workers / 20))));
  }

  #grown({ left, atMs }: Cut, perStep: number): number {
    return left + perStep * Math.floor((this.#nowMs() - atMs) / this.#recoverMs);
  }
}

function keyOf({
  ref,
  n,
}: {
  readonly ref: { readonly appId: string; readonly channelName: string };
  readonly n: number;
}) {
  return `${ref.appId}:${ref.channelName}:${String(n)}`;
}

/** As the score of a sorted set holds it: beside a takeover's priority a millisecond or two are the same. */
function rankOf({ isTakeover, priority, waitingSinceMs }: WorkerOrder): number {
  return Math.floor(waitingSinceMs) - (isTakeover ? 1_001 + priority : priority) * 1e13;
}

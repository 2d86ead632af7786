import type { WorldPlan } from "./draw-world.ts";
import type { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import type { RedisOutages } from "./redis-outages.ts";
import type { SimClock } from "./sim-clock.ts";
import type { StoreBackend } from "./store-backend.ts";

/** What tells whether an account's quota is kept. */
interface JudgedAccount {
  readonly agora: ModelAgora;
  readonly backend: Pick<StoreBackend, "reservedWorkers">;
  readonly clock: SimClock;
  readonly plan: WorldPlan;
  readonly redis: Pick<RedisOutages, "hasForgotten">;
  readonly rooms: readonly { readonly name: string }[];
}

/** I7: what the account may send and run at a time, by Agora's account; what was counted is lost with Redis. */
export class QuotaJudge {
  /** When recorders that nobody can stop, and all others, last left no worker at Agora; -Infinity = never. */
  fullAtMs = -Infinity;
  readonly #world: JudgedAccount;
  readonly #fail: (what: string) => void;
  #sentAtMs: number[] = [];

  constructor(world: JudgedAccount, fail: (what: string) => void) {
    this.#world = world;
    this.#fail = fail;
  }

  /** Until the ledger has let go of ghosts and doubts, and has regained what a 406 took. */
  get letsGoMs(): number {
    const { durations: d, isScarce, quota } = this.#world.plan;
    if (!isScarce) return 0;
    return d.resourceLifeMs + d.lateStartMs + d.quotaHoldMs + 3 * d.quotaJanitorMs + quota.workers * d.quotaRecoverMs;
  }

  /** After every step. */
  look(): void {
    if (this.isFullOfOthers) this.fullAtMs = this.#world.clock.nowMs;
  }

  /** Whom nobody can stop may have the workers of whoever ought to record. */
  get isFullOfOthers(): boolean {
    const { agora, plan, rooms } = this.#world;
    if (!plan.isScarce || !agora.isFull) return false;
    const live = rooms.flatMap(({ name }) => agora.recorders.live(name));
    return live.some(({ isKnown, isOutOfControl }) => !isKnown || isOutOfControl);
  }

  /** In no second more requests leave than the account may send. */
  countRequest(): void {
    const { clock, plan, redis } = this.#world;
    this.#sentAtMs = [...this.#sentAtMs.filter((atMs) => atMs > clock.nowMs - 1_000), clock.nowMs];
    if (this.#sentAtMs.length > plan.quota.requestsPerSecond && !redis.hasForgotten)
      this.#fail(`I7: ${String(this.#sentAtMs.length)} requests within a second`);
  }

  /** Agora has no worker for an account whose recorders are all known; who is not known, or not heard, may not be counted. */
  refusedWorker(asked: Pick<Recorder, "channelName" | "uid">): void {
    const { agora, redis, rooms } = this.#world;
    if (redis.hasForgotten) return;
    // Whoever was stopped as it asked, and comes when another one has long done it, asks with a worker that is in use.
    if (agora.recorders.live(asked.channelName).some(({ uid }) => uid === asked.uid)) return;
    const live = rooms.flatMap(({ name }) => agora.recorders.live(name));
    const isCounted = ({ isKnown, isOutOfControl, st, stopAcceptedAtMs }: Recorder): boolean =>
      isKnown && !isOutOfControl && stopAcceptedAtMs === undefined && st !== "leaving" && st !== "failed";
    if (live.every(isCounted)) this.#fail(`I7: a worker is asked for beside ${String(live.length)} known recorders`);
  }

  /** When nothing has run for longer than a reservation lasts: a worker that is never given back is lost to everybody. */
  async gaveBackWorkers(): Promise<void> {
    const workers = await this.#world.backend.reservedWorkers();
    if (workers > 0) this.#fail(`I7: ${String(workers)} workers are reserved for nobody`);
  }
}

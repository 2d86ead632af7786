import type { SimClock } from "./sim-clock.ts";
import type { StoreBackend } from "./store-backend.ts";

interface OutageTools {
  readonly backend: StoreBackend;
  readonly clock: SimClock;
  readonly say: (line: () => string) => void;
  /** Everything that Redis knew is gone. */
  readonly emptied: () => void;
}

/** When Redis is away, when it has lost what it knew, and since when it is whole again. */
export class RedisOutages {
  awayUntilMs = 0;
  /** When it last lost everything; -Infinity = never. */
  lostAtMs = -Infinity;
  #rebuiltAtMs = 0;
  #seenAtMs = -Infinity;
  readonly #tools: OutageTools;

  constructor(tools: OutageTools) {
    this.#tools = tools;
  }

  get isAway(): boolean {
    return this.#tools.clock.nowMs < this.awayUntilMs;
  }

  /** Since when Redis answers and is complete; Infinity while it is not. */
  get hereSinceMs(): number {
    return this.#tools.backend.isLost() ? Infinity : Math.max(this.awayUntilMs, this.#rebuiltAtMs);
  }

  /** How long ago Redis answered for the last time, and was whole. */
  get unseenForMs(): number {
    return this.#tools.clock.nowMs - this.#seenAtMs;
  }

  /** Redis does not answer for so long. */
  takeAway(awayMs: number): void {
    const { clock, say } = this.#tools;
    if (!this.isAway) this.#seenAtMs = clock.nowMs;
    this.awayUntilMs = Math.max(this.awayUntilMs, clock.nowMs + awayMs);
    say(() => `Redis is away for ${String(awayMs)} ms`);
  }

  /** Redis loses everything that it knows, as by FLUSHALL. */
  loseAll(): void {
    const { backend, clock, emptied, say } = this.#tools;
    if (backend.loseAll === undefined) return;
    if (!this.isAway && !backend.isLost()) this.#seenAtMs = clock.nowMs;
    backend.loseAll();
    this.lostAtMs = clock.nowMs;
    say(() => "Redis has lost everything");
    emptied();
  }

  /** To be called when Redis has done something, which may have been the end of a rebuild. */
  notice(): void {
    const { backend, clock, say } = this.#tools;
    if (this.#rebuiltAtMs >= this.lostAtMs || backend.isLost()) return;
    this.#rebuiltAtMs = clock.nowMs;
    say(() => "Redis has its state again");
  }
}

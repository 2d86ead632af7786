import type { SimClock } from "./sim-clock.ts";
import type { StoreBackend } from "./store-backend.ts";

interface OutageTools {
  readonly backend: StoreBackend;
  readonly clock: SimClock;
  readonly say: (line: () => string) => void;
  /** The time as a process sees it that applies events. */
  readonly readerMs: () => number;
  /** Everything that Redis knew is gone. */
  readonly emptied: () => void;
  /** Another Redis answers from now on, without what this one has heard last. */
  readonly failedOver: (before: string) => unknown;
}

/** When Redis is away, when it has lost what it knew, and since when it is whole again. */
export class RedisOutages {
  awayUntilMs = 0;
  /** When it last lost everything, and when its last writes; -Infinity = never. */
  lostAtMs = -Infinity;
  failedOverAtMs = -Infinity;
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

  get hasFailedOver(): boolean {
    return this.failedOverAtMs !== -Infinity;
  }

  /** Whether Redis has ever lost anything. */
  get hasForgotten(): boolean {
    return Math.max(this.failedOverAtMs, this.lostAtMs) !== -Infinity;
  }

  /** Whether Redis has lost since then what it knew, or has not got it again yet: who knows it dies with its process. */
  hasForgottenSince(atMs: number): boolean {
    return this.#tools.backend.isLost() || atMs < Math.max(this.lostAtMs, this.#rebuiltAtMs);
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

  /** Redis dies after a while and a replica takes its place that has heard nothing since now. */
  async failOver({ lagMs, awayMs }: { readonly lagMs: number; readonly awayMs: number }): Promise<void> {
    const { backend, clock, failedOver, readerMs, say } = this.#tools;
    // A rebuild that is lost in its middle begins anew: that is the other fault.
    if (backend.replicate === undefined || backend.isLost()) return;
    const before = await backend.identity();
    // Every look of a process that applies events has left it there.
    await backend.rememberServer({ identity: before, atMs: readerMs() });
    const promote = backend.replicate();
    const { lostAtMs } = this;
    clock.in(lagMs, async () => {
      if (this.lostAtMs !== lostAtMs) return;
      say(() => `Redis fails over, and the last ${String(lagMs)} ms are lost`);
      this.takeAway(awayMs);
      promote();
      this.failedOverAtMs = clock.nowMs;
      await failedOver(before);
    });
  }

  /** To be called when Redis has done something, which may have been the end of a rebuild. */
  notice(): void {
    const { backend, clock, say } = this.#tools;
    if (this.#rebuiltAtMs >= this.lostAtMs || backend.isLost()) return;
    this.#rebuiltAtMs = clock.nowMs;
    say(() => "Redis has its state again");
  }
}

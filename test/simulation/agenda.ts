import { quiet } from "./sim-clock.ts";
import type { SimClock } from "./sim-clock.ts";
import type { ShardTimes } from "./store-backend.ts";

/** Lets loops that would look every tick sleep until there is something to see. */
export class Agenda {
  readonly #clock: SimClock;
  #sleepers: (() => void)[] = [];
  #times: ShardTimes = [];
  #atMs: number | undefined;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** From when on there is something to do, by shard; undefined = nothing is known to come. */
  setAll(times: ShardTimes): void {
    this.#times = times;
    let first: number | undefined;
    for (const atMs of times) if (atMs !== undefined && (first === undefined || atMs < first)) first = atMs;
    if (first === this.#atMs) return;
    this.#atMs = first;
    if (first === undefined || this.#sleepers.length === 0) return;
    this.#ringLater(first);
  }

  /** Whether there is something to do in a shard now. */
  isDue(shard: number): boolean {
    return (this.#times[shard] ?? Infinity) <= this.#clock.nowMs;
  }

  /** Runs at once when something is due, else when it is. */
  whenDue(wake: () => void): void {
    this.#sleepers.push(wake);
    if (this.#atMs === undefined) return;
    if (this.#atMs <= this.#clock.nowMs) this.#ring();
    else if (this.#sleepers.length === 1) this.#ringLater(this.#atMs);
  }

  #ringLater(atMs: number): void {
    this.#clock.in(atMs - this.#clock.nowMs, () => {
      if (this.#atMs !== undefined && this.#atMs <= this.#clock.nowMs) this.#ring();
      return quiet;
    });
  }

  /** Whoever wakes asks its own clock for a turn: nothing is set off in promises yet. */
  #ring(): void {
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}

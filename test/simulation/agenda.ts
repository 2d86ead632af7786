import type { SimClock } from "./sim-clock.ts";

/** Lets loops that would look every tick sleep until there is something to see. */
export class Agenda {
  readonly #clock: SimClock;
  #sleepers: (() => void)[] = [];
  #atMs: number | undefined;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** The moment from which on there is something to do; undefined = nothing is known to come. */
  set(atMs: number | undefined): void {
    if (atMs === this.#atMs) return;
    this.#atMs = atMs;
    if (atMs === undefined) return;
    this.#clock.in(atMs - this.#clock.nowMs, () => this.#ring());
  }

  /** Runs at once when something is due, else when it is. */
  whenDue(wake: () => void): void {
    this.#sleepers.push(wake);
    this.#ring();
  }

  #ring(): void {
    if (this.#atMs === undefined || this.#atMs > this.#clock.nowMs) return;
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}

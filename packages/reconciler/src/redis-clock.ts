/** A monotonic clock in ms; only differences mean anything. */
export interface MonotonicClock {
  monotonicMs(): number;
}

/**
 * Redis's clock as one process knows it between two replies. Every reply says what Redis's clock showed when it was made,
 * so the truth lies between two estimates; each time stamp takes the one that errs to the safe side.
 */
export class RedisClock {
  readonly #clock: MonotonicClock;
  #nowMs = 0;
  #askedAtMs = 0;
  #repliedAtMs = 0;

  constructor(clock: MonotonicClock) {
    this.#clock = clock;
  }

  /** Takes over a reply; `askedAtMs` is the local monotonic time at which the command was sent. */
  learn(nowMs: number, askedAtMs: number): void {
    this.#nowMs = nowMs;
    this.#askedAtMs = askedAtMs;
    this.#repliedAtMs = this.#clock.monotonicMs();
  }

  /** Never later than Redis's clock. */
  earliestMs(): number {
    return Math.floor(this.#nowMs + this.#clock.monotonicMs() - this.#repliedAtMs);
  }

  /** Never earlier than Redis's clock. */
  latestMs(): number {
    return Math.ceil(this.#nowMs + this.#clock.monotonicMs() - this.#askedAtMs);
  }
}

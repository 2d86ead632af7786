/** At most so many requests in any second, in the order in which they were asked for. */
export class RequestPace {
  readonly #perSecond: number;
  readonly #waitMsMax: number;
  /** When the newest requests were or will be sent, oldest first; at most as many as a second takes. */
  readonly #sendsAtMs: number[] = [];

  constructor(options: { readonly perSecond: number; readonly waitMsMax: number }) {
    this.#perSecond = options.perSecond;
    this.#waitMsMax = options.waitMsMax;
  }

  /**
   * Takes the next place: how long to wait before the request may be sent, 0 for not at all. Undefined, and no place taken,
   * when that would be too long.
   */
  waitMs(nowMs: number): number | undefined {
    const oldestAtMs = this.#sendsAtMs.length < this.#perSecond ? undefined : this.#sendsAtMs[0];
    const sendAtMs = Math.max(nowMs, oldestAtMs === undefined ? nowMs : oldestAtMs + 1_000);
    if (sendAtMs - nowMs > this.#waitMsMax) return undefined;
    this.#sendsAtMs.push(sendAtMs);
    if (this.#sendsAtMs.length > this.#perSecond) this.#sendsAtMs.shift();
    return sendAtMs - nowMs;
  }
}

import type { ChannelRef, ReconcilerDeps } from "./ports.ts";
import type { RedisClock } from "./redis-clock.ts";

/** What a lease needs of the reconciler's ports. */
export interface LeaseDeps {
  readonly clock: ReconcilerDeps["clock"];
  readonly durations: Pick<ReconcilerDeps["durations"], "leaseMs" | "sendSlackMs">;
  readonly store: Pick<ReconcilerDeps["store"], "renew">;
}

/** The right to work on one channel, as this process sees it: over when its local time has run out or a write said so. */
export class Lease {
  readonly token: string;
  readonly #ref: ChannelRef;
  readonly #deps: LeaseDeps;
  readonly #clock: RedisClock;
  #endsAtMs: number;
  #lost = false;

  constructor(options: {
    readonly ref: ChannelRef;
    readonly token: string;
    readonly deps: LeaseDeps;
    readonly clock: RedisClock;
    /** Local monotonic time at which the claim was sent: its reply was made no earlier. */
    readonly askedAtMs: number;
    /** What was left of the lease when the reply was made; a repeated claim answers an older lease. */
    readonly restMs: number;
  }) {
    this.token = options.token;
    this.#ref = options.ref;
    this.#deps = options.deps;
    this.#clock = options.clock;
    this.#endsAtMs = options.askedAtMs + options.restMs;
  }

  get isLost(): boolean {
    return this.#lost;
  }

  lose(): void {
    this.#lost = true;
  }

  /** What is left by the local clock, never more than Redis would grant. */
  restMs(): number {
    return this.#endsAtMs - this.#deps.clock.monotonicMs();
  }

  /** Extends the lease; answers the channel's revision, or undefined when the lease is over. */
  async renew(): Promise<string | undefined> {
    if (this.#lost) return undefined;
    const askedAtMs = this.#deps.clock.monotonicMs();
    const reply = await this.#deps.store.renew(this.#ref, { token: this.token, leaseMs: this.#deps.durations.leaseMs });
    this.#clock.learn(reply.nowMs, askedAtMs);
    if (reply.kind === "lost") {
      this.#lost = true;
      return undefined;
    }
    this.#endsAtMs = askedAtMs + this.#deps.durations.leaseMs;
    return reply.rev;
  }

  /** Makes sure that a call that takes up to `callMs` ends inside the lease; false when it must not be sent. */
  async covers(callMs: number): Promise<boolean> {
    if (this.#lost) return false;
    const neededMs = callMs + this.#deps.durations.sendSlackMs;
    if (this.restMs() >= neededMs) return true;
    // The reply may have taken longer than the lease: this process was paused, and what was granted is over.
    return (await this.renew()) !== undefined && this.restMs() >= neededMs;
  }
}

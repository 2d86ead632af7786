import type { RebuildClaim, RebuildOrder } from "@autorec/session-store";

/** Whether the channels of a shard may be claimed, and after a loss who brings them back. */
export class ModelReadiness {
  /** Undefined: the state is not complete. */
  epoch: string | undefined;
  readonly #nowMs: () => number;
  #rebuild: { readonly token: string; readonly untilMs: number } | undefined;
  #lostSinceMs: number | undefined;

  constructor(nowMs: () => number, options: { readonly epoch: string | undefined }) {
    this.#nowMs = nowMs;
    this.epoch = options.epoch;
  }

  get isReady(): boolean {
    return this.epoch !== undefined;
  }

  copy(): ModelReadiness {
    const copy = new ModelReadiness(this.#nowMs, this);
    copy.#rebuild = this.#rebuild;
    copy.#lostSinceMs = this.#lostSinceMs;
    return copy;
  }

  claim({ leaseMs, sinceMs, token }: RebuildOrder): RebuildClaim {
    const nowMs = this.#nowMs();
    if (this.isReady) return { kind: "ready" };
    const isLostAgain = sinceMs !== undefined && sinceMs !== this.#lostSinceMs;
    if (isLostAgain || (this.#holder() !== undefined && this.#holder() !== token)) return { kind: "busy" };
    this.#rebuild = { token, untilMs: nowMs + leaseMs };
    this.#lostSinceMs ??= nowMs;
    return { kind: "claimed", sinceMs: this.#lostSinceMs, nowMs };
  }

  /** Whether channels may be given their records with this token. */
  isHeldBy(token: string): boolean {
    return !this.isReady && this.#holder() === token;
  }

  finish(token: string): "ready" | "lost" {
    if (this.isReady) return "ready";
    if (this.#holder() !== token) return "lost";
    this.epoch = String(this.#lostSinceMs);
    this.#lostSinceMs = undefined;
    return "ready";
  }

  #holder(): string | undefined {
    return this.#rebuild !== undefined && this.#nowMs() < this.#rebuild.untilMs ? this.#rebuild.token : undefined;
  }
}

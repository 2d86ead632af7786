import { ModelHolds } from "./model-holds.ts";
import { ModelOutbox } from "./model-outbox.ts";
import { ModelReadiness } from "./model-readiness.ts";

/** What the channels of one shard share in Redis. */
export class ModelShard {
  readonly due = new Map<string, number>();
  readonly index = new Set<string>();
  readonly outbox: ModelOutbox;
  readonly holds: ModelHolds;
  readonly readiness: ModelReadiness;
  /** By token, so that a claim whose reply was lost answers the same channels again. */
  readonly claims = new Map<string, Set<string>>();
  /** Hashes of rules, and when somebody last announced them. */
  readonly rules = new Map<string, number>();
  rulesChangedAtMs = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number, parts: Pick<ModelShard, "holds" | "outbox" | "readiness">) {
    this.#nowMs = nowMs;
    this.holds = parts.holds;
    this.outbox = parts.outbox;
    this.readiness = parts.readiness;
  }

  /** One with nothing in it; `isReady`: nothing has been lost. */
  static empty(nowMs: () => number, options: { readonly isReady: boolean }): ModelShard {
    const readiness = new ModelReadiness(nowMs, { epoch: options.isReady ? "first" : undefined });
    return new ModelShard(nowMs, { holds: new ModelHolds(), outbox: new ModelOutbox(nowMs), readiness });
  }

  /** As it is now, whatever happens to this one. */
  copy(): ModelShard {
    const parts = { holds: this.holds.copy(), outbox: this.outbox.copy(), readiness: this.readiness.copy() };
    const copy = new ModelShard(this.#nowMs, parts);
    for (const [member, atMs] of this.due) copy.due.set(member, atMs);
    for (const member of this.index) copy.index.add(member);
    for (const [token, members] of this.claims) copy.claims.set(token, new Set(members));
    for (const [hash, atMs] of this.rules) copy.rules.set(hash, atMs);
    copy.rulesChangedAtMs = this.rulesChangedAtMs;
    return copy;
  }

  makeDueNow(member: string): void {
    this.makeDueWithin(member, 0);
  }

  makeDueWithin(member: string, ms: number): void {
    const dueAtMs = this.#nowMs() + ms;
    this.due.set(member, Math.min(this.due.get(member) ?? dueAtMs, dueAtMs));
  }

  /** Of a shard that nobody may claim from nothing is due. */
  nextDueAtMs(): number | undefined {
    if (!this.readiness.isReady) return undefined;
    let next: number | undefined;
    for (const atMs of this.due.values()) if (next === undefined || atMs < next) next = atMs;
    return next;
  }

  /** A hash that was unknown makes every channel due; after a silence of all nobody is forgotten. */
  announceRules(hash: string, ttlMs: number): { readonly fresh: boolean } {
    const nowMs = this.#nowMs();
    const newest = Math.max(...this.rules.values());
    if (this.rules.size > 0 && nowMs - newest > ttlMs / 2)
      for (const known of this.rules.keys()) this.rules.set(known, nowMs);
    const fresh = !this.rules.has(hash);
    this.rules.set(hash, nowMs);
    for (const [known, atMs] of this.rules) if (atMs <= nowMs - ttlMs) this.rules.delete(known);
    if (fresh) this.makeAllDue();
    return { fresh };
  }

  /** Who works on a channel meanwhile may have decided without what has changed: it is due again when the lease is given back. */
  makeAllDue(): void {
    this.rulesChangedAtMs = this.#nowMs();
    for (const member of this.index) this.makeDueNow(member);
  }
}

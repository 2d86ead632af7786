import type { ChannelRecord, ChannelView, Decision, Durations, PendingFact, PresenceSummary } from "@autorec/domain";
import { recordSchemaVersion } from "@autorec/domain";
import type { FakeClock } from "./fake-clock.ts";

export type CommitReply =
  | { readonly kind: "ok"; readonly rev: number }
  | { readonly kind: "lost" }
  | { readonly kind: "conflict"; readonly view: ChannelView; readonly rev: number };

/** One channel in Redis as the scripts promise it: lease by token and time, writes by revision, facts and presence by nobody's leave. */
export class ModelStore {
  readonly #clock: FakeClock;
  readonly #durations: Durations;
  #record: ChannelRecord;
  #presence: PresenceSummary = { count: 0, hosts: 0 };
  #lookAtMs: number | undefined;
  #facts: PendingFact[] = [];
  readonly #uids = new Map<number, { readonly online: boolean }>();
  #rev = 1;
  #lease: { readonly token: string; readonly untilMs: number } | undefined;
  #dueAtMs: number | undefined;

  constructor(options: { readonly clock: FakeClock; readonly durations: Durations }) {
    this.#clock = options.clock;
    this.#durations = options.durations;
    const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
    this.#record = {
      schemaVersion: recordSchemaVersion,
      appId: "app",
      channelName: "room",
      want: { on: false, cause: "empty" },
      slots: { primary: slot, secondary: slot },
      attempts: {},
      sessions: {},
    };
  }

  get record(): ChannelRecord {
    return this.#record;
  }

  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  get isLeased(): boolean {
    return this.#lease !== undefined && this.#clock.nowMs < this.#lease.untilMs;
  }

  /** S3: grants the lease of a due channel. */
  claim(token: string): { readonly view: ChannelView; readonly rev: number } | undefined {
    if (this.#dueAtMs === undefined || this.#dueAtMs > this.#clock.nowMs || this.isLeased) return undefined;
    this.#grant(token);
    this.#rev += 1;
    return { view: this.#view(), rev: this.#rev };
  }

  /** S4: extends the lease; answers the revision, or undefined when the lease is over. */
  renew(token: string): number | undefined {
    if (!this.#holds(token)) return undefined;
    this.#grant(token);
    return this.#rev;
  }

  /** S4 with release. */
  release(token: string): void {
    if (this.#lease?.token !== token) return;
    this.#lease = undefined;
    this.#dueAtMs = this.#clock.nowMs;
  }

  /** S5: makes a decision durable if nothing was written since it was read. */
  commit(options: {
    readonly token: string;
    readonly rev: number;
    readonly decision: Decision;
    readonly consumed: readonly PendingFact[];
    readonly release: boolean;
  }): CommitReply {
    if (!this.#holds(options.token)) return { kind: "lost" };
    if (options.rev !== this.#rev) return { kind: "conflict", view: this.#view(), rev: this.#rev };
    this.#record = structuredClone(options.decision.record);
    this.#facts = this.#facts.filter((fact) => !options.consumed.includes(fact));
    for (const attempt of Object.values(this.#record.attempts)) {
      for (const uid of attempt.knownUids) if (!this.#uids.has(uid)) this.#uids.set(uid, { online: false });
    }
    this.#rev += 1;
    if (options.release) {
      this.#lease = undefined;
      this.#dueAtMs = options.decision.dueAtMs;
    }
    return { kind: "ok", rev: this.#rev };
  }

  /** S6: a fact is kept once, whoever brings it. */
  fact(fact: PendingFact): void {
    if (this.#facts.some((known) => known.n === fact.n && known.kind === fact.kind)) return;
    this.#facts = [...this.#facts, fact];
    this.#touch();
  }

  /** S1: who is in the channel has changed. */
  applyParticipants(count: number, leaveReason: number): void {
    const wasEmpty = this.#presence.count === 0;
    const emptied = { count: 0, hosts: 0, emptySinceMs: this.#clock.nowMs, graceReason: leaveReason };
    this.#presence = count === 0 ? emptied : { count, hosts: count };
    if (wasEmpty && count > 0) this.#lookAtMs = this.#clock.nowMs;
    this.#rev += 1;
    if (wasEmpty !== (count === 0)) this.#dueAtMs = this.#clock.nowMs;
  }

  /** S1: a recorder's uid came or went. */
  applyRecorderUid(uid: number, online: boolean): void {
    this.#uids.set(uid, { online });
    this.#lookAtMs = this.#clock.nowMs;
    this.#touch();
  }

  #touch(): void {
    this.#rev += 1;
    this.#dueAtMs = this.#clock.nowMs;
  }

  #holds(token: string): boolean {
    return this.#lease?.token === token && this.isLeased;
  }

  #grant(token: string): void {
    const untilMs = this.#clock.nowMs + this.#durations.leaseMs;
    this.#lease = { token, untilMs };
    this.#dueAtMs = untilMs + 1_000;
  }

  #view(): ChannelView {
    return {
      record: this.#record,
      presence: this.#presence,
      facts: [...this.#facts],
      reservedUids: new Map(this.#uids),
      ...(this.#lookAtMs === undefined ? {} : { lookAtMs: this.#lookAtMs }),
    };
  }
}

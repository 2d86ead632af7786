import type { OutboxEntry, SessionStore } from "@autorec/session-store";

type Said = Pick<OutboxEntry, "ref" | "rev" | "removedAttempts"> &
  Pick<Parameters<SessionStore["commit"]>[1], "lifecycle" | "snapshots">;

/** What the commits of a shard have said and nobody has relayed, and who relays it. */
export class ModelOutbox {
  readonly #nowMs: () => number;
  #entries: OutboxEntry[] = [];
  #relay: { readonly token: string; readonly untilMs: number } | undefined;
  #ids = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  copy(): ModelOutbox {
    const copy = new ModelOutbox(this.#nowMs);
    copy.#entries = [...this.#entries];
    copy.#relay = this.#relay;
    copy.#ids = this.#ids;
    return copy;
  }

  get length(): number {
    return this.#entries.length;
  }

  tell({ ref, rev, lifecycle, snapshots, removedAttempts }: Said): void {
    if (lifecycle.length + snapshots.length + removedAttempts.length === 0) return;
    this.#ids += 1;
    this.#entries.push({
      // The time is in it as in Redis's own: after a failover it names nothing that was lost.
      id: `${String(this.#nowMs())}-${String(this.#ids)}`,
      ref,
      rev,
      lifecycle: lifecycle.map((fact, i) => ({
        schemaVersion: 1,
        eventId: `${ref.appId}/${ref.channelName}/${rev}/${String(i)}`,
        ...ref,
        ...fact,
      })),
      snapshots: snapshots.map((attempt) => ({ rev, attempt })),
      removedAttempts,
      appendedAtMs: this.#nowMs(),
    });
  }

  claim({ token, leaseMs }: { readonly token: string; readonly leaseMs: number }): boolean {
    const nowMs = this.#nowMs();
    if (this.#relay !== undefined && nowMs < this.#relay.untilMs && this.#relay.token !== token) return false;
    this.#relay = { token, untilMs: nowMs + leaseMs };
    return true;
  }

  release(token: string): "released" | "lost" {
    if (!this.#isHeldBy(token)) return "lost";
    this.#relay = undefined;
    return "released";
  }

  read(max: number): readonly OutboxEntry[] {
    return this.#entries.slice(0, max);
  }

  acknowledge(token: string, ids: readonly string[]): "acked" | "lost" {
    if (!this.#isHeldBy(token)) return "lost";
    this.#entries = this.#entries.filter((entry) => !ids.includes(entry.id));
    return "acked";
  }

  #isHeldBy(token: string): boolean {
    return this.#relay?.token === token && this.#nowMs() < this.#relay.untilMs;
  }
}

/** A record of the event topic as the broker keeps it. */
export interface LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: Buffer;
  /** What the record says, for whoever judges the readers. */
  readonly says:
    { readonly channelName: string; readonly uid: number; readonly seq: number; readonly online: boolean } | undefined;
}

/** One topic and one consumer group: records stay, offsets are committed per generation of the group. */
export class ModelKafka {
  readonly partitions: readonly LogRecord[][];
  readonly #committed: number[];
  readonly #members = new Map<string, () => void>();
  #assignment = new Map<number, string>();
  #generation = 0;
  #onAppended: (() => void)[] = [];

  constructor(partitionCount: number) {
    this.partitions = Array.from({ length: partitionCount }, () => []);
    this.#committed = this.partitions.map(() => 0);
  }

  get generation(): number {
    return this.#generation;
  }

  append(partition: number, record: Omit<LogRecord, "offset">): void {
    const log = this.partitions[partition];
    if (log === undefined) throw new RangeError(`no partition ${String(partition)}`);
    log.push({ ...record, offset: log.length });
    for (const wake of this.#onAppended.splice(0)) wake();
  }

  /** Calls back once, at the next record of any partition or change of the group. */
  onAppended(wake: () => void): void {
    this.#onAppended.push(wake);
  }

  committed(partition: number): number {
    return this.#committed[partition] ?? 0;
  }

  end(partition: number): number {
    return this.partitions[partition]?.length ?? 0;
  }

  /** Everything behind the first record that is as young. */
  since(partition: number, atMs: number): readonly LogRecord[] {
    const log = this.partitions[partition] ?? [];
    const first = log.findIndex(({ timestampMs }) => timestampMs >= atMs);
    return first === -1 ? [] : log.slice(first);
  }

  /** Refused to whoever is no longer a member of the group as it was when the records were fetched. */
  commit(partition: number, offset: number, by: { readonly member: string; readonly generation: number }): boolean {
    if (by.generation !== this.#generation || this.#assignment.get(partition) !== by.member) return false;
    this.#committed[partition] = Math.max(offset, this.committed(partition));
    return true;
  }

  join(member: string, onRebalanced: () => void): void {
    this.#members.set(member, onRebalanced);
    this.#rebalance();
  }

  leave(member: string): void {
    if (!this.#members.delete(member)) return;
    this.#rebalance();
  }

  isMember(member: string): boolean {
    return this.#members.has(member);
  }

  assigned(member: string): readonly number[] {
    return [...this.#assignment].flatMap(([partition, owner]) => (owner === member ? [partition] : []));
  }

  #rebalance(): void {
    this.#generation += 1;
    const members = [...this.#members.keys()];
    const owners =
      members.length === 0
        ? []
        : this.partitions.map((_, i): [number, string] => [i, members[i % members.length] ?? ""]);
    this.#assignment = new Map(owners);
    for (const notify of this.#members.values()) notify();
    for (const wake of this.#onAppended.splice(0)) wake();
  }
}

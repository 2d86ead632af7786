import type { Fate, Site } from "./fate.ts";
import type { LogRecord, ModelKafka } from "./model-kafka.ts";
import type { SimClock } from "./sim-clock.ts";

/** How often the news of comings and goings are spoilt on their way into the topic. */
export interface NewsChances {
  readonly drop: number;
  readonly twice: number;
  readonly late: number;
}

interface Person {
  readonly uid: number;
  isHere: boolean;
  seq: number;
  /** The last news about this person never reached the topic. */
  isUntold: boolean;
}

/** Somebody in a channel: a person, or a recorder. */
export interface Coming {
  readonly uid: number;
  readonly isHere: boolean;
  readonly reason?: number;
  readonly clientType?: number;
}

/** One channel as it really is: who is there, and the news of it on their way to Kafka. */
export class Room {
  readonly name: string;
  readonly partition: number;
  /** When the last person left; undefined while somebody is here. */
  emptySinceMs: number | undefined;
  /** News of people were lost on their way at some time. */
  hasLostNews = false;
  /** News of people reached Redis later than anybody counts on. */
  hadLateNews = false;
  readonly #people = new Map<number, Person>();
  /** When news that Redis has not heard yet were sent, by uid and sequence. */
  readonly #sentAtMs = new Map<string, number>();
  readonly #recorderSeqs = new Map<number, number>();
  readonly #tools: { readonly clock: SimClock; readonly kafka: ModelKafka };
  readonly #news: { readonly faults: Site; readonly way: Site; readonly late: Site; readonly twice: Site };
  readonly #appId: string;
  readonly #chances: NewsChances;
  readonly #lagMsMax: number;
  readonly #changed: (room: Room) => void;
  readonly #sent: (withinMs: number) => void;
  #newestDueAtMs = 0;

  constructor(options: {
    readonly name: string;
    readonly appId: string;
    readonly partition: number;
    readonly clock: SimClock;
    readonly fate: Fate;
    readonly kafka: ModelKafka;
    readonly chances: NewsChances;
    readonly lagMsMax: number;
    /** The channel filled or emptied. */
    readonly changed: (room: Room) => void;
    /** News that are on their way arrive within so long. */
    readonly sent: (withinMs: number) => void;
  }) {
    const { name, appId, partition, clock, fate, kafka } = options;
    this.name = name;
    this.partition = partition;
    this.emptySinceMs = clock.nowMs;
    this.#appId = appId;
    this.#tools = { clock, kafka };
    const site = (what: string): Site => fate.site(`news ${name}${what}`);
    this.#news = { faults: site(""), way: site(" way"), late: site(" late"), twice: site(" twice") };
    this.#chances = options.chances;
    this.#lagMsMax = options.lagMsMax;
    this.#changed = options.changed;
    this.#sent = options.sent;
  }

  get peopleHere(): number {
    return [...this.#people.values()].filter((person) => person.isHere).length;
  }

  join(uid: number): void {
    this.#move({ uid, isHere: true });
  }

  leave(uid: number, reason: number): void {
    this.#move({ uid, isHere: false, reason });
  }

  /** Everybody leaves. */
  clear(reason: number): void {
    for (const person of this.#people.values()) if (person.isHere) this.leave(person.uid, reason);
  }

  /** People of whom the topic knows something wrong come or go once more, so that it knows. */
  setStraight(): void {
    for (const person of this.#people.values()) {
      if (!person.isUntold) continue;
      const { uid, isHere } = person;
      this.#move({ uid, isHere: !isHere, reason: 1 });
      this.#move({ uid, isHere, reason: 1 });
    }
  }

  /** Redis has heard of it. */
  heard(uid: number, seq: number): void {
    const key = `${String(uid)}/${String(seq)}`;
    const sentAtMs = this.#sentAtMs.get(key);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(key);
    this.hadLateNews ||= this.#tools.clock.nowMs - sentAtMs > this.#lagMsMax;
  }

  /** A recorder is seen to come or go. */
  tellOfRecorder({ uid, isHere, clientType }: Coming): void {
    const seq = (this.#recorderSeqs.get(uid) ?? 0) + 1;
    this.#recorderSeqs.set(uid, seq);
    const kind = clientType === undefined ? {} : { clientType };
    this.#tell({ uid, seq, isHere, body: { ...kind, ...(isHere ? {} : { reason: 1 }) } });
  }

  /** Somebody was here long ago: the topic is told again of a visit that is over. */
  replay(uid: number): void {
    const { clock, kafka } = this.#tools;
    const atMs = clock.nowMs - 86_400_000;
    const person = this.#person(uid);
    const { seq } = person;
    person.seq += 2;
    const join = this.#record({ uid, seq: seq + 1, isHere: true, atMs, body: {} });
    const leave = this.#record({ uid, seq: seq + 2, isHere: false, atMs: atMs + 60_000, body: { reason: 1 } });
    kafka.append(this.partition, join);
    kafka.append(this.partition, leave);
  }

  #move({ uid, isHere, reason }: Coming): void {
    const { clock } = this.#tools;
    const person = this.#person(uid);
    if (person.isHere === isHere) return;
    const wasEmpty = this.peopleHere === 0;
    person.isHere = isHere;
    person.seq += 1;
    const isEmpty = this.peopleHere === 0;
    if (isEmpty !== wasEmpty) {
      this.emptySinceMs = isEmpty ? clock.nowMs : undefined;
      this.#changed(this);
    }
    const isTold = this.#tell({ uid, seq: person.seq, isHere, body: isHere ? {} : { reason: reason ?? 1 } });
    person.isUntold = !isTold;
    if (isTold) this.#sentAtMs.set(`${String(uid)}/${String(person.seq)}`, clock.nowMs);
    this.hasLostNews ||= !isTold;
  }

  #person(uid: number): Person {
    const person = this.#people.get(uid) ?? { uid, isHere: false, seq: 0, isUntold: false };
    this.#people.set(uid, person);
    return person;
  }

  /** Puts the news on their way; false when they are lost. */
  #tell(news: {
    readonly uid: number;
    readonly seq: number;
    readonly isHere: boolean;
    readonly body: object;
  }): boolean {
    const { clock, kafka } = this.#tools;
    const { faults, late, twice, way } = this.#news;
    const record = this.#record({ ...news, atMs: clock.nowMs });
    const fault = faults.meet(this.#chances);
    if (fault === "drop") return false;
    const lateMs = fault === "late" ? late.between(1_000, this.#lagMsMax / 3) : 0;
    const delayMs = way.between(50, 300) + lateMs;
    // On time means in order; what is late is overtaken.
    const atMs = fault === "late" ? clock.nowMs + delayMs : Math.max(clock.nowMs + delayMs, this.#newestDueAtMs);
    if (fault !== "late") this.#newestDueAtMs = atMs;
    const append = (): void => kafka.append(this.partition, { ...record, timestampMs: clock.nowMs });
    const againMs = fault === "twice" ? twice.between(1, this.#lagMsMax / 2) : 0;
    clock.in(atMs - clock.nowMs, append);
    if (againMs > 0) clock.in(atMs - clock.nowMs + againMs, append);
    this.#sent(atMs - clock.nowMs + againMs);
    return true;
  }

  #record(news: {
    readonly uid: number;
    readonly seq: number;
    readonly isHere: boolean;
    readonly atMs: number;
    readonly body: object;
  }): Omit<LogRecord, "offset"> {
    const { uid, seq, isHere, atMs, body } = news;
    const value = Buffer.from(
      JSON.stringify({
        schemaVersion: 1,
        appId: this.#appId,
        channelName: this.name,
        type: isHere ? "participant.joined" : "participant.left",
        uid,
        clientSeq: seq,
        atMs,
        ...body,
      }),
    );
    return { timestampMs: atMs, value, says: { channelName: this.name, uid, seq, online: isHere } };
  }
}

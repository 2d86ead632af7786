import type { Control } from "@autorec/domain";
import type { WorldPlan } from "./draw-world.ts";
import type { LogRecord } from "./model-kafka.ts";
import type { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import { QuotaJudge } from "./quota-judge.ts";
import type { RedisOutages } from "./redis-outages.ts";
import type { Room } from "./room.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";
import type { StoreBackend } from "./store-backend.ts";

/** What a judge sees of the world. */
export interface JudgedWorld {
  readonly agora: ModelAgora;
  readonly backend: StoreBackend;
  readonly clock: SimClock;
  readonly plan: WorldPlan;
  readonly rooms: readonly Room[];
  at(): string;
  say(line: () => string): void;
  room(name: string): Room;
  controlAt(processName: string): Control;
  readonly redis: Pick<RedisOutages, "failedOverAtMs" | "hasForgotten" | "lostAtMs">;
}

interface Watched {
  readonly room: Room;
  uncoveredSinceMs: number | undefined;
  steps: number[];
}

/** Says what went wrong, from what Agora, Kafka and the people know; the record is asked only for what is left open. */
export class Judge {
  readonly violations: string[] = [];
  readonly quota: QuotaJudge;
  /** The longest time for which an occupied channel had no recorder while nothing went wrong. */
  longestGapMs = 0;
  readonly #world: JudgedWorld;
  readonly #watched: readonly Watched[];
  /** Nothing goes wrong since; undefined while something may. */
  #calmSinceMs: number | undefined;
  readonly #seqs = new Map<string, number>();

  constructor(world: JudgedWorld) {
    this.#world = world;
    this.quota = new QuotaJudge(world, (what) => this.fail(what));
    this.#watched = world.rooms.map((room) => ({ room, uncoveredSinceMs: undefined, steps: [] }));
  }

  fail(what: string): void {
    const said = `${this.#world.at()}: ${what}`;
    this.#world.say(() => `VIOLATION ${what}`);
    this.violations.push(said);
  }

  /** An error that the code under test took for a passing one: is it a mistake? */
  failed(err: unknown): void {
    if (err instanceof Error && (err.message === "no answer" || err.message === "Redis is away")) return;
    this.fail(`error: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`);
  }

  beginCalm(): void {
    this.#calmSinceMs = this.#world.clock.nowMs;
  }

  endCalm(): void {
    this.#calmSinceMs = undefined;
    for (const watched of this.#watched) watched.uncoveredSinceMs = undefined;
  }

  /** I3 after every step: once the storm is over, an occupied channel is without a recorder no longer than the bound. */
  look(): boolean {
    const { nowMs } = this.#world.clock;
    this.quota.look();
    for (const watched of this.#watched) {
      if (this.#calmSinceMs === undefined || watched.uncoveredSinceMs === undefined) continue;
      const gapMs = nowMs - Math.max(watched.uncoveredSinceMs, this.#calmSinceMs, this.quota.fullAtMs);
      this.longestGapMs = Math.max(this.longestGapMs, gapMs);
      if (gapMs > this.captureBoundMs())
        this.fail(`I3: nobody records ${watched.room.name}, which is occupied, for ${String(gapMs)} ms`);
    }
    return this.violations.length === 0;
  }

  roomChanged(room: Room): void {
    this.#world.say(() => `people: ${room.name} is ${room.emptySinceMs === undefined ? "occupied" : "empty"}`);
    this.#cover(room);
  }

  recorderChanged(recorder: Recorder): void {
    const { agora } = this.#world;
    const live = agora.recorders.live(recorder.channelName);
    if (recorder.st !== "gone" && live.filter((one) => one.uid === recorder.uid).length > 1) {
      this.fail(`I1: two live recorders of ${recorder.channelName} have uid ${String(recorder.uid)}`);
    }
    this.#cover(this.#world.room(recorder.channelName));
  }

  /** A decision that repeats itself at once would show as hundreds of them in a second. */
  decided(channelName: string): void {
    const watched = this.#watched.find(({ room }) => room.name === channelName);
    if (watched === undefined) return;
    const { nowMs } = this.#world.clock;
    watched.steps = [...watched.steps.filter((atMs) => atMs > nowMs - 1_000), nowMs];
    if (watched.steps.length === 100)
      this.fail(`100 decisions about ${channelName} within a second: something repeats at once`);
  }

  /** I5: what was committed is in Redis. */
  committed(partition: number, records: readonly LogRecord[]): void {
    for (const { says, offset } of records) {
      if (says === undefined) continue;
      const key = `${says.channelName}/${String(says.uid)}`;
      if (!this.#applied(key, says.seq))
        this.fail(
          `I5: offset ${String(offset)} of partition ${String(partition)} is committed, and Redis has not heard of it`,
        );
    }
  }

  /** Presence with these sequences is in Redis. */
  appliedTo(channelName: string, uid: number, seq: number): void {
    const key = `${channelName}/${String(uid)}`;
    this.#seqs.set(key, Math.max(seq, this.#seqs.get(key) ?? 0));
    this.#world.room(channelName).heard(uid, seq);
  }

  #applied(key: string, seq: number): boolean {
    return (this.#seqs.get(key) ?? 0) >= seq;
  }

  /** I9: a request leaves only while its process holds the lease, except what it had begun when it froze. */
  watchRequests(process: SimProcess): { readonly sent: (channelName: string, call: string) => unknown } {
    const { backend } = this.#world;
    return {
      sent: (channelName, call) => {
        // What a process says after its death, in the same turn of the event loop, nobody hears.
        if (!process.isAlive || process.isFrozen) return;
        this.quota.countRequest();
        const control = this.#world.controlAt(process.name);
        const isHeld = control === "handsOff" || (control !== "run" && (call === "acquire" || call === "start"));
        if (isHeld) this.fail(`switch: ${process.id} sends ${call} of ${channelName} although it was told ${control}`);
        // Whoever was at work when Redis lost all, or its last writes, holds its lease by its own clock; nobody else may claim before that is over.
        const { failedOverAtMs, lostAtMs } = this.#world.redis;
        if (this.#world.clock.nowMs < Math.max(failedOverAtMs, lostAtMs) + this.#world.plan.durations.leaseMs) return;
        const owner = backend.leaseOwner({ appId: "app", channelName });
        if (owner instanceof Promise) return;
        if (owner !== process.id)
          this.fail(`I9: ${process.id} asks Agora about ${channelName}, whose lease ${owner ?? "nobody"} holds`);
      },
    };
  }

  /** I2 in a calm, occupied channel: a recorder that can be controlled in each slot, and any number of ghosts. */
  recordsOnce(): void {
    for (const what of this.recordedOtherwise()) this.fail(what);
  }

  /** Channels without exactly one recorder in each slot, in words: for a moment that happens to every planned successor. */
  recordedOtherwise(): readonly string[] {
    const { agora, plan, rooms } = this.#world;
    const otherwise: string[] = [];
    if (this.quota.isFullOfOthers) return otherwise;
    for (const { name } of rooms) {
      const isAnswerable = ({ isKnown, isOutOfControl, st }: Recorder): boolean =>
        isKnown && !isOutOfControl && st !== "leaving" && st !== "failed";
      const known = agora.recorders.live(name).filter(isAnswerable);
      if (known.length === plan.rule.slots.length) continue;
      const list = known.map((one) => `${one.sid} ${one.st}`).join(", ");
      otherwise.push(`I2: ${String(known.length)} known recorders in ${name} long after the storm: ${list}`);
    }
    return otherwise;
  }

  /** I4 in a calm, occupied channel: whoever records there has an open row, and a sid that was told is used. */
  async forgotNobody(): Promise<void> {
    const { agora, backend, rooms } = this.#world;
    for (const { name, hadLateNews, hasLostNews } of rooms) {
      const reading = await backend.readChannel({ appId: "app", channelName: name });
      const attempts = Object.values(reading?.view.record.attempts ?? {});
      for (const { isKnown, mustBeKnown, resourceId, sid, st } of agora.recorders.live(name)) {
        if (mustBeKnown && !isKnown)
          this.fail(`I4: a process was told of ${sid} and lived on, and nobody has asked for it since`);
        // Who is told that everybody left may take it that a recorder left too.
        if (hasLostNews || st === "leaving" || st === "failed") continue;
        const own = attempts.filter((one) => one.resourceId === resourceId);
        const isOpen = own.some((one) => one.st !== "CLOSED");
        // P8 counts on news that come within their lag: whoever came back unheard has kept the recorder.
        const isAssumedGone = hadLateNews && own.some((one) => one.cause === "assumed_idle_exit");
        // Who was told its sid tells it again after a failover; whom nobody was told of is a ghost that no record knows.
        const isUnnameable = agora.isForgotten(resourceId) && !mustBeKnown;
        if (!isOpen && !isAssumedGone && !isUnnameable)
          this.fail(`I4: ${sid} is ${st} in ${name}, and no open attempt accounts for it`);
      }
    }
  }

  /** I4 some time after everybody left: what can be stopped was told to. */
  stoppedAll(): void {
    const { agora, rooms } = this.#world;
    for (const { name } of rooms) {
      for (const recorder of agora.recorders.live(name)) {
        if (recorder.isKnown && !recorder.isOutOfControl && recorder.stopAcceptedAtMs === undefined)
          this.fail(`I4: ${recorder.sid} is known and was not stopped in time`);
      }
    }
  }

  /** I4 and I8 at the very end: nothing runs, nothing is left open. */
  async leftNothing(): Promise<void> {
    const { agora, backend, rooms } = this.#world;
    for (const { name } of rooms) {
      for (const recorder of agora.recorders.live(name))
        this.fail(`I4: ${recorder.sid} was left behind (${recorder.st})`);
      const reading = await backend.readChannel({ appId: "app", channelName: name });
      if (reading === undefined) continue;
      const { record, facts } = reading.view;
      for (const attempt of Object.values(record.attempts)) {
        if (attempt.st !== "CLOSED") this.fail(`I8: attempt ${String(attempt.n)} of ${name} is still ${attempt.st}`);
      }
      if (record.want.on) this.fail(`I8: ${name} is still wanted (${record.want.cause})`);
      if (facts.length > 0) this.fail(`I8: ${String(facts.length)} facts about ${name} were never taken in`);
      const open = Object.values(record.sessions).filter((session) => session.closedAtMs === undefined);
      if (open.length > 0) this.fail(`I8: ${String(open.length)} sessions of ${name} were never closed`);
      if (reading.leaseOwner !== undefined) this.fail(`I8: ${reading.leaseOwner} still holds the lease of ${name}`);
    }
    const waiting = await backend.outboxLength();
    if (waiting > 0) this.fail(`I8: ${String(waiting)} entries of the outbox were never relayed`);
  }

  /** How long capture may take to resume when all faults are over, from whatever they left behind. */
  captureBoundMs(): number {
    const { plan, agora, clock, redis } = this.#world;
    const d = plan.durations;
    const poll = Math.max(1.1 * d.pollMs, d.leaseMs + 1_000);
    const backoff = Math.max(
      ...d.claimBackoffMs,
      ...d.acquireRetryOthersMs,
      ...d.wait429Ms,
      ...d.wait406Ms,
      d.wait401Ms,
    );
    const frozen = 4 * d.leaseMs;
    const blockedMs = agora.lastNeverAtMs + d.blockedRetryMs + d.workSlackMs - clock.nowMs;
    // Once somebody reads everything again, what every process held is over first.
    const rebuildMs = redis.hasForgotten ? 4 * d.leaseMs : 0;
    const base =
      rebuildMs +
      this.quota.letsGoMs +
      poll +
      plan.rule.coverAfterMs +
      Math.max(...d.recheck404Ms) +
      backoff +
      frozen +
      d.adoptWindowMs +
      d.workSlackMs;
    return base + (agora.lastNeverAtMs === 0 ? 0 : Math.max(0, blockedMs, d.blockedRetryMs));
  }

  #cover(room: Room): void {
    const watched = this.#watched.find((one) => one.room === room);
    if (watched === undefined) return;
    const captures = this.#world.agora.recorders
      .live(room.name)
      .some(({ st }) => st === "starting" || st === "recording");
    if (captures || room.emptySinceMs !== undefined) watched.uncoveredSinceMs = undefined;
    else watched.uncoveredSinceMs ??= this.#world.clock.nowMs;
  }
}

import type { Durations } from "@autorec/domain";
import type { Fate } from "./fate.ts";
import type { SimClock } from "./sim-clock.ts";

/** A recorder as Agora knows it, whether or not anybody else does. */
export interface Recorder {
  readonly channelName: string;
  readonly sid: string;
  readonly resourceId: string;
  uid: number;
  st: "starting" | "recording" | "migrating" | "failed" | "leaving" | "gone";
  readonly joinedAtMs: number;
  readonly findableAtMs: number;
  /** From here on it has uploaded a file, if it has met anybody; Agora names no time for it. */
  readonly firstFileAtMs: number;
  migrations: number;
  /** Agora has answered a request that named its sid: from here on it can be stopped. */
  isKnown: boolean;
  /** The life of a process that was told its sid first. */
  toldTo: string | undefined;
  /** A process that lived on was told its sid: somebody has to name it. */
  mustBeKnown: boolean;
  /** Whatever names it is refused: it ends by itself alone. */
  isOutOfControl: boolean;
  stopAcceptedAtMs: number | undefined;
  lastMigratedAtMs: number;
  goneAtMs: number | undefined;
}

/** What a recorder does that others may see. */
export interface AgoraWatcher {
  recorderJoined(recorder: Recorder, options: { readonly migrated: boolean }): void;
  recorderLeft(recorder: Recorder, options: { readonly silent: boolean; readonly idle?: boolean }): void;
  /** How long nobody has been in the channel; undefined while somebody is. */
  emptyForMs(channelName: string): number | undefined;
  violated(what: string): void;
  /** The account has all the recorders that it may have. */
  refusedWorker(asked: { readonly channelName: string; readonly uid: number }): void;
}

/** What recorders live by. */
export interface RecorderTools {
  readonly clock: SimClock;
  readonly fate: Fate;
  readonly durations: Durations;
  readonly watcher: AgoraWatcher;
}

/** The lives of Agora's recorders: they come, move, idle out, die and are stopped, whatever anybody asks. */
export class ModelRecorders {
  readonly all: Recorder[] = [];
  readonly #live = new Map<string, Recorder[]>();
  readonly #bySid = new Map<string, Recorder>();
  readonly #clock: SimClock;
  readonly #fate: Fate;
  readonly #durations: Durations;
  readonly #watcher: AgoraWatcher;
  /** How often a new one cannot be found at once, 0 … 1. */
  readonly #unregistered: number;
  #migrations = 0;

  constructor(tools: RecorderTools, options: { readonly unregistered: number }) {
    this.#clock = tools.clock;
    this.#fate = tools.fate;
    this.#durations = tools.durations;
    this.#watcher = tools.watcher;
    this.#unregistered = options.unregistered;
  }

  /** Those that are in a channel, or on their way between two machines. */
  live(channelName: string): readonly Recorder[] {
    return this.#live.get(channelName) ?? [];
  }

  /** Those of all channels. */
  get liveCount(): number {
    return [...this.#live.values()].reduce((sum, recorders) => sum + recorders.length, 0);
  }

  /** A start has taken effect. */
  join(made: Pick<Recorder, "channelName" | "sid" | "resourceId" | "uid">): void {
    const { nowMs } = this.#clock;
    const { channelName } = made;
    const isSlow = this.#fate.meet(`agora ${channelName} unregistered`, { slow: this.#unregistered }) !== undefined;
    const registrationMs = isSlow ? this.#fate.between("registration", 0, this.#durations.coverAfterStandardMs) : 0;
    const recorder: Recorder = {
      ...made,
      st: "starting",
      joinedAtMs: nowMs,
      findableAtMs: nowMs + registrationMs,
      firstFileAtMs: nowMs + this.#fate.between("first file", 0, this.#durations.workSlackMs),
      migrations: 0,
      isKnown: false,
      toldTo: undefined,
      mustBeKnown: false,
      isOutOfControl: false,
      stopAcceptedAtMs: undefined,
      lastMigratedAtMs: 0,
      goneAtMs: undefined,
    };
    this.all.push(recorder);
    this.#bySid.set(recorder.sid, recorder);
    this.#live.set(channelName, [...this.live(channelName), recorder]);
    this.#watcher.recorderJoined(recorder, { migrated: false });
    this.#warm(recorder, { isSlow: true });
    this.checkIdle(recorder);
  }

  #warm(recorder: Recorder, { isSlow }: { readonly isSlow: boolean }): void {
    recorder.st = isSlow ? "starting" : "recording";
    if (!isSlow) return;
    this.#clock.in(this.#fate.between("warming", 100, this.#durations.workSlackMs / 4), () => {
      if (recorder.st === "starting") recorder.st = "recording";
    });
  }

  /** The recorder with that sid, whoever asks. */
  of(sid: string): Recorder | undefined {
    return this.#bySid.get(sid);
  }

  /** The recorder that a request names; from here on it can be stopped. Undefined as long as Agora has not registered it. */
  find(sid: string, { isForgotten = false }: { readonly isForgotten?: boolean } = {}): Recorder | undefined {
    const recorder = this.#bySid.get(sid);
    if (recorder === undefined) return undefined;
    if (!isForgotten) recorder.isKnown = true;
    return this.#clock.nowMs >= recorder.findableAtMs ? recorder : undefined;
  }

  /** A stop is accepted. */
  stop(recorder: Recorder): void {
    recorder.stopAcceptedAtMs = this.#clock.nowMs;
    this.#leaving(recorder);
  }

  /** Whether the recorder has been alone ever since it came. */
  metNobody(recorder: Recorder): boolean {
    const emptyMs = this.#watcher.emptyForMs(recorder.channelName);
    return emptyMs !== undefined && emptyMs >= this.#clock.nowMs - recorder.joinedAtMs;
  }

  /** Whether a file of it was uploaded: status 5 instead of 4 [R 4.2]. */
  hasRecorded(recorder: Recorder): boolean {
    return this.#clock.nowMs >= recorder.firstFileAtMs && !this.metNobody(recorder);
  }

  /** A recorder ends by itself, and still answers while it does; `failed`: it says that something went wrong. */
  endByItself(recorder: Recorder, options: { readonly failed: boolean }): void {
    if (recorder.st !== "starting" && recorder.st !== "recording") return;
    this.#leaving(recorder);
    if (options.failed) recorder.st = "failed";
  }

  #leaving(recorder: Recorder): void {
    recorder.st = "leaving";
    const { stopSlackMs, verifyStopMs } = this.#durations;
    // Now and then it is still there when its end is verified.
    const mostMs = this.#fate.amount("slow leaving") < 0.2 ? 2 * verifyStopMs : stopSlackMs / 4;
    this.#clock.in(this.#fate.between("leaving", 100, mostMs), () => this.leave(recorder, { silent: false }));
  }

  /** Agora moves a recorder: 404 for a while, then it is back with another uid. */
  migrate(recorder: Recorder): void {
    if (recorder.st !== "recording" || recorder.migrations >= 3) return;
    recorder.migrations += 1;
    recorder.st = "migrating";
    recorder.lastMigratedAtMs = this.#clock.nowMs;
    this.#watcher.recorderLeft(recorder, { silent: false });
    const awayMs = this.#fate.between("migration", 1_000, this.#durations.migrationMaxMs);
    this.#clock.in(awayMs, () => {
      if (recorder.st !== "migrating") return;
      this.#migrations += 1;
      recorder.uid = 1_000_000 + this.#migrations;
      this.#warm(recorder, { isSlow: this.#fate.amount("migrated warming") < 0.3 });
      this.#watcher.recorderJoined(recorder, { migrated: true });
      this.checkIdle(recorder);
    });
  }

  /** Leaves a channel that has been empty for maxIdle, as Agora's recorders do by themselves. */
  checkIdle(recorder: Recorder): void {
    if (recorder.st === "gone") return;
    const emptyMs = this.#watcher.emptyForMs(recorder.channelName);
    if (emptyMs === undefined) return;
    const idleMs = Math.min(emptyMs, this.#clock.nowMs - recorder.joinedAtMs);
    if (idleMs < this.#durations.maxIdleMs) {
      this.#clock.in(this.#durations.maxIdleMs - idleMs, () => this.checkIdle(recorder));
    } else if (recorder.st !== "migrating") this.leave(recorder, { silent: false, idle: true });
  }

  /** The recorder ends, of itself or not. */
  leave(recorder: Recorder, options: { readonly silent: boolean; readonly idle?: boolean }): void {
    if (recorder.st === "gone") return;
    recorder.st = "gone";
    recorder.goneAtMs = this.#clock.nowMs;
    const others = this.live(recorder.channelName).filter((one) => one !== recorder);
    this.#live.set(recorder.channelName, others);
    this.#watcher.recorderLeft(recorder, options);
  }
}

import type { Durations } from "@autorec/domain";
import type { AcquireAnswer, CallEvidence, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import type { AgoraAccess } from "@autorec/reconciler";
import type { Fate } from "./fate.ts";
import type { SimClock } from "./sim-clock.ts";

type Client = AgoraAccess["client"];

/** A recorder as Agora knows it, whether or not anybody else does. */
export interface Recorder {
  readonly channelName: string;
  readonly sid: string;
  readonly resourceId: string;
  uid: number;
  st: "starting" | "recording" | "migrating" | "failed" | "leaving" | "gone";
  readonly joinedAtMs: number;
  readonly findableAtMs: number;
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

interface Resource {
  readonly channelName: string;
  readonly uid: number;
  readonly madeAtMs: number;
  isStartPending: boolean;
  wasStarted: boolean;
}

/** How often Agora errs, 0 … 1 per request. */
export interface AgoraChances {
  /** Refusals that change nothing: limits, outages, odd answers. */
  readonly refused: number;
  readonly lateStart: number;
  readonly unregistered: number;
  readonly never: number;
}

/** What a recorder does that others may see. */
export interface AgoraWatcher {
  recorderJoined(recorder: Recorder, options: { readonly migrated: boolean }): void;
  recorderLeft(recorder: Recorder, options: { readonly silent: boolean; readonly idle?: boolean }): void;
  /** How long nobody has been in the channel; undefined while somebody is. */
  emptyForMs(channelName: string): number | undefined;
  violated(what: string): void;
}

const ok: CallEvidence = { reason: "ok", alarm: false };
const busy: CallEvidence = { reason: "server_error", alarm: false };
const throttled: CallEvidence = { reason: "throttled", alarm: false };
const full: CallEvidence = { reason: "over_workers", alarm: false };
const refused: CallEvidence = { reason: "refused", alarm: true };
/** Of a stop: the recorder met nobody. */
const nothingRecorded = { httpStatus: 206, code: 435 };
const lost: CallEvidence = { reason: "timeout", alarm: false };

type Trouble = "5xx" | "65" | "429" | "406" | "401" | "53" | "lost" | "odd";
const troubles: Readonly<Record<Trouble, number>> = {
  "5xx": 4,
  "65": 2,
  "429": 2,
  "406": 1,
  "401": 0.3,
  "53": 0.3,
  lost: 1,
  odd: 0.5,
};

/** Agora: what it accepts takes effect, whether or not anybody hears of it. Its history is what worlds are judged by. */
export class ModelAgora {
  readonly recorders: Recorder[] = [];
  /** Starts that were accepted and have not taken effect yet. */
  readonly pendingStarts = new Set<string>();
  /** When each request arrived. */
  requests = 0;
  /** Last time at which a slot may have been blocked by an answer that repetition does not cure. */
  lastNeverAtMs = 0;
  #migrations = 0;
  readonly #live = new Map<string, Recorder[]>();
  readonly #bySid = new Map<string, Recorder>();
  readonly #resources = new Map<string, Resource>();
  readonly #startedUids = new Map<string, string>();
  readonly #clock: SimClock;
  readonly #fate: Fate;
  readonly #durations: Durations;
  readonly #chances: AgoraChances;
  readonly #watcher: AgoraWatcher;

  constructor(options: {
    readonly clock: SimClock;
    readonly fate: Fate;
    readonly durations: Durations;
    readonly chances: AgoraChances;
    readonly watcher: AgoraWatcher;
  }) {
    this.#clock = options.clock;
    this.#fate = options.fate;
    this.#durations = options.durations;
    this.#chances = options.chances;
    this.#watcher = options.watcher;
  }

  /** The recorders that are in a channel, or on their way between two machines. */
  live(channelName: string): readonly Recorder[] {
    return this.#live.get(channelName) ?? [];
  }

  /** The channel that a resource was acquired for. */
  channelOf(resourceId: string): string {
    return this.#resources.get(resourceId)?.channelName ?? "?";
  }

  acquire({ channelName, uid }: Parameters<Client["acquire"]>[0]): AcquireAnswer {
    this.requests += 1;
    switch (this.#trouble(channelName, "acquire")) {
      case undefined:
        break;
      case "5xx":
      case "53":
      case "65":
        return { ...busy, outcome: "again", schedule: "others" };
      case "429":
        return { ...throttled, outcome: "wait", schedule: "throttled" };
      case "406":
        return { ...full, outcome: "wait", schedule: "overWorkers" };
      case "401":
        return { ...refused, outcome: "wait", schedule: "unauthorized" };
      case "lost":
        return { ...lost, outcome: "again", schedule: "lost" };
      case "odd":
        return { ...refused, outcome: "again", schedule: "others", triesMax: 3 };
      case "never":
        this.lastNeverAtMs = this.#clock.nowMs;
        return { ...refused, outcome: "never" };
    }
    const resourceId = `${channelName}-r${String(this.#resources.size + 1)}`;
    const resource = { channelName, uid, madeAtMs: this.#clock.nowMs, isStartPending: false, wasStarted: false };
    this.#resources.set(resourceId, resource);
    return { ...ok, outcome: "ok", resourceId };
  }

  start({ channelName, resourceId }: Parameters<Client["start"]>[0]): StartAnswer {
    this.requests += 1;
    switch (this.#trouble(channelName, "start")) {
      case undefined:
        return this.#start(resourceId);
      case "5xx":
        return { ...busy, outcome: "again", schedule: "serverError", ambiguous: true };
      case "65":
        return { ...busy, outcome: "again", schedule: "code65", ambiguous: true };
      case "429":
        return { ...throttled, outcome: "wait", schedule: "throttled" };
      case "406":
        return { ...full, outcome: "wait", schedule: "overWorkers" };
      case "401":
        return { ...refused, outcome: "wait", schedule: "unauthorized" };
      case "53":
        return { ...ok, outcome: "conflict" };
      case "lost":
        return { ...lost, outcome: "again", schedule: "lost", ambiguous: true };
      case "odd":
        return { ...ok, outcome: "newResource" };
      case "never":
        this.lastNeverAtMs = this.#clock.nowMs;
        return { ...refused, outcome: "never" };
    }
  }

  query({ resourceId, sid }: Parameters<Client["query"]>[0]): QueryAnswer {
    this.requests += 1;
    switch (this.#trouble(this.channelOf(resourceId), "query")) {
      case undefined:
      case "never":
        break;
      case "odd":
      case "401":
        return { ...refused, outcome: "unknown" };
      case "5xx":
      case "53":
      case "65":
      case "429":
      case "406":
      case "lost":
        return { ...busy, outcome: "unknown" };
    }
    const recorder = this.#find(sid);
    if (isRefused(recorder)) return { ...refused, outcome: "controlLost" };
    switch (recorder?.st) {
      case undefined:
      case "migrating":
      case "gone":
        return { ...ok, reason: "not_found", outcome: "notFound" };
      case "failed":
        return { ...ok, outcome: "abnormal", status: 7 };
      case "starting":
        return { ...ok, outcome: "starting", status: 2 };
      case "recording":
        return { ...ok, outcome: "alive", status: 5 };
      case "leaving":
        return { ...ok, outcome: "ending", status: 6 };
    }
  }

  stop({ resourceId, sid }: Parameters<Client["stop"]>[0]): StopAnswer {
    this.requests += 1;
    switch (this.#trouble(this.channelOf(resourceId), "stop")) {
      case undefined:
      case "never":
        break;
      case "401":
        return { ...refused, outcome: "unknown" };
      case "5xx":
      case "53":
      case "65":
      case "429":
      case "406":
      case "lost":
      case "odd":
        return { ...busy, outcome: "unknown" };
    }
    const recorder = this.#find(sid);
    if (isRefused(recorder)) return { ...refused, outcome: "controlLost" };
    switch (recorder?.st) {
      case undefined:
      case "migrating":
      case "gone":
        return { ...ok, reason: "not_found", outcome: "notFound" };
      case "failed":
      case "leaving":
        return { ...ok, outcome: "exiting" };
      case "starting":
      case "recording":
        recorder.stopAcceptedAtMs = this.#clock.nowMs;
        return { ...ok, ...(this.#metNobody(recorder) ? nothingRecorded : {}), outcome: this.#leaving(recorder) };
    }
  }

  /** A recorder ends by itself, and still answers while it does; `failed`: it says that something went wrong. */
  endByItself(recorder: Recorder, options: { readonly failed: boolean }): void {
    if (recorder.st !== "starting" && recorder.st !== "recording") return;
    this.#leaving(recorder);
    if (options.failed) recorder.st = "failed";
  }

  #leaving(recorder: Recorder): "done" {
    recorder.st = "leaving";
    const { stopSlackMs, verifyStopMs } = this.#durations;
    // Now and then it is still there when its end is verified.
    const mostMs = this.#fate.amount("slow leaving") < 0.2 ? 2 * verifyStopMs : stopSlackMs / 4;
    this.#clock.in(this.#fate.between("leaving", 100, mostMs), () => this.leave(recorder, { silent: false }));
    return "done";
  }

  #metNobody(recorder: Recorder): boolean {
    const emptyMs = this.#watcher.emptyForMs(recorder.channelName);
    return emptyMs !== undefined && emptyMs >= this.#clock.nowMs - recorder.joinedAtMs;
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

  #trouble(channelName: string, call: string): Trouble | "never" | undefined {
    const { refused: chance, never } = this.#chances;
    const site = `agora ${channelName} ${call}`;
    if (this.#fate.meet(`${site} refused`, { refused: chance }) !== undefined) {
      const sum = Object.values(troubles).reduce((total, weight) => total + weight, 0);
      let rest = this.#fate.amount(`${site} trouble`) * sum;
      for (const trouble of ["5xx", "65", "429", "406", "401", "53", "lost", "odd"] as const) {
        rest -= troubles[trouble];
        if (rest < 0) return trouble;
      }
    }
    if (call !== "acquire" && call !== "start") return undefined;
    return this.#fate.meet(`${site} never`, { never });
  }

  #start(resourceId: string): StartAnswer {
    const resource = this.#resources.get(resourceId);
    if (resource === undefined) return { ...ok, outcome: "newResource" };
    const { channelName, uid } = resource;
    const own = this.recorders.find((recorder) => recorder.resourceId === resourceId);
    if (resource.isStartPending || (own !== undefined && own.st !== "gone")) return { ...ok, outcome: "started" };
    const isOld = this.#clock.nowMs - resource.madeAtMs > this.#durations.resourceLifeMs;
    if (resource.wasStarted || isOld) return { ...ok, outcome: "newResource" };
    if (this.live(channelName).some((recorder) => recorder.uid === uid)) return { ...ok, outcome: "conflict" };
    this.#checkUid(resource, resourceId);
    resource.wasStarted = true;
    const made = { channelName, sid: `sid-${resourceId}`, resourceId, uid };
    if (this.#fate.meet(`agora ${channelName} late start`, { late: this.#chances.lateStart }) === undefined) {
      this.#join(made);
      return { ...ok, outcome: "ok", sid: made.sid };
    }
    resource.isStartPending = true;
    this.pendingStarts.add(resourceId);
    this.#clock.in(this.#fate.between("late start", 1_000, this.#durations.lateStartMs - 1_000), () => {
      resource.isStartPending = false;
      this.pendingStarts.delete(resourceId);
      this.#join(made);
    });
    return { ...busy, outcome: "again", schedule: "serverError", ambiguous: true };
  }

  /** One attempt = one uid = one resource: a uid that starts on a second one was used again. */
  #checkUid(resource: Resource, resourceId: string): void {
    const key = `${resource.channelName}/${String(resource.uid)}`;
    const earlier = this.#startedUids.get(key);
    if (earlier !== undefined)
      this.#watcher.violated(`I1: uid ${String(resource.uid)} of ${earlier} started again on ${resourceId}`);
    this.#startedUids.set(key, resourceId);
  }

  #join(made: Pick<Recorder, "channelName" | "sid" | "resourceId" | "uid">): void {
    const { nowMs } = this.#clock;
    const { channelName } = made;
    const isSlow =
      this.#fate.meet(`agora ${channelName} unregistered`, { slow: this.#chances.unregistered }) !== undefined;
    const registrationMs = isSlow ? this.#fate.between("registration", 0, this.#durations.coverAfterStandardMs) : 0;
    const recorder: Recorder = {
      ...made,
      st: "starting",
      joinedAtMs: nowMs,
      findableAtMs: nowMs + registrationMs,
      migrations: 0,
      isKnown: false,
      toldTo: undefined,
      mustBeKnown: false,
      isOutOfControl: false,
      stopAcceptedAtMs: undefined,
      lastMigratedAtMs: 0,
      goneAtMs: undefined,
    };
    this.recorders.push(recorder);
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
  recorderOf(sid: string): Recorder | undefined {
    return this.#bySid.get(sid);
  }

  #find(sid: string): Recorder | undefined {
    const recorder = this.#bySid.get(sid);
    if (recorder === undefined) return undefined;
    recorder.isKnown = true;
    return this.#clock.nowMs >= recorder.findableAtMs ? recorder : undefined;
  }
}

function isRefused(recorder: Recorder | undefined): boolean {
  return recorder?.isOutOfControl === true && recorder.st !== "gone" && recorder.st !== "migrating";
}

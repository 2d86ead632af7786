import type { Durations } from "@autorec/domain";
import type { AcquireAnswer, CallEvidence, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import type { AgoraAccess } from "@autorec/reconciler";
import type { Fate } from "./fate.ts";
import { ModelRecorders } from "./model-recorders.ts";
import type { AgoraWatcher, Recorder, RecorderTools } from "./model-recorders.ts";
import type { SimClock } from "./sim-clock.ts";

type Client = AgoraAccess["client"];

interface Resource {
  readonly channelName: string;
  readonly uid: number;
  readonly madeAtMs: number;
  isStartPending: boolean;
  wasStarted: boolean;
  /** Redis has lost the attempt that it was acquired for. */
  isForgotten: boolean;
}

/** How often Agora errs, 0 … 1 per request. */
export interface AgoraChances {
  /** Refusals that change nothing: limits, outages, odd answers. */
  readonly refused: number;
  readonly lateStart: number;
  readonly unregistered: number;
  readonly never: number;
}

const ok: CallEvidence = { reason: "ok", alarm: false };
const busy: CallEvidence = { reason: "server_error", alarm: false };
const throttled: CallEvidence = { reason: "throttled", alarm: false };
const full: CallEvidence = { reason: "over_workers", alarm: false };
const refused: CallEvidence = { reason: "refused", alarm: true };
/** Of a stop: there is no media of it. */
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
  readonly recorders: ModelRecorders;
  /** Starts that were accepted and have not taken effect yet. */
  readonly pendingStarts = new Set<string>();
  /** When each request arrived. */
  requests = 0;
  /** Last time at which a slot may have been blocked by an answer that repetition does not cure. */
  lastNeverAtMs = 0;
  readonly #resources = new Map<string, Resource>();
  readonly #startedUids = new Map<string, string>();
  readonly #clock: SimClock;
  readonly #fate: Fate;
  readonly #durations: Durations;
  readonly #chances: AgoraChances;
  readonly #watcher: AgoraWatcher;
  /** Recorders that the account may have at a time. */
  readonly #workers: number;

  constructor(options: RecorderTools & { readonly chances: AgoraChances; readonly workers: number }) {
    this.#workers = options.workers;
    this.#clock = options.clock;
    this.#fate = options.fate;
    this.#durations = options.durations;
    this.#chances = options.chances;
    this.#watcher = options.watcher;
    this.recorders = new ModelRecorders(options, options.chances);
  }

  /** The channel that a resource was acquired for. */
  channelOf(resourceId: string): string {
    return this.#resources.get(resourceId)?.channelName ?? "?";
  }

  /** Redis has gone back to a state with these resources. */
  forgetAllBut(resourceIds: ReadonlySet<string>): void {
    for (const [resourceId, resource] of this.#resources) resource.isForgotten ||= !resourceIds.has(resourceId);
  }

  isForgotten(resourceId: string): boolean {
    return this.#resources.get(resourceId)?.isForgotten === true;
  }

  /** Who runs is counted as a resource is asked for, and only then. */
  get isFull(): boolean {
    return this.recorders.liveCount >= this.#workers;
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
    if (this.isFull) {
      this.#watcher.refusedWorker({ channelName, uid });
      return { ...full, outcome: "wait", schedule: "overWorkers" };
    }
    const resourceId = `${channelName}-r${String(this.#resources.size + 1)}`;
    const made = { channelName, uid, madeAtMs: this.#clock.nowMs };
    this.#resources.set(resourceId, { ...made, isStartPending: false, wasStarted: false, isForgotten: false });
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

  /** `isForgotten`: who asks has begun before the sid was lost, so that somebody asks says nothing about who knows it. */
  query(
    { resourceId, sid }: Parameters<Client["query"]>[0],
    { isForgotten }: { readonly isForgotten: boolean },
  ): QueryAnswer {
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
    const recorder = this.recorders.find(sid, { isForgotten });
    if (isRefused(recorder)) return { ...refused, outcome: "controlLost" };
    switch (recorder?.st) {
      case undefined:
      case "migrating":
      case "gone":
        return { ...ok, reason: "not_found", outcome: "notFound" };
      case "failed":
        return { ...ok, outcome: "abnormal", status: 20 };
      case "starting":
        return { ...ok, outcome: "starting", status: 2 };
      case "recording":
        return { ...ok, outcome: "alive", status: this.recorders.hasRecorded(recorder) ? 5 : 4 };
      case "leaving":
        return { ...ok, outcome: "ending", status: 6 };
    }
  }

  /** `isForgotten` as in a query. */
  stop(
    { resourceId, sid }: Parameters<Client["stop"]>[0],
    { isForgotten }: { readonly isForgotten: boolean },
  ): StopAnswer {
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
    const recorder = this.recorders.find(sid, { isForgotten });
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
        this.recorders.stop(recorder);
        return { ...ok, ...(this.recorders.hasRecorded(recorder) ? {} : nothingRecorded), outcome: "done" };
    }
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
    const own = this.recorders.all.find((recorder) => recorder.resourceId === resourceId);
    if (resource.isStartPending || (own !== undefined && own.st !== "gone")) return { ...ok, outcome: "started" };
    const isOld = this.#clock.nowMs - resource.madeAtMs > this.#durations.resourceLifeMs;
    if (resource.wasStarted || isOld) return { ...ok, outcome: "newResource" };
    if (this.recorders.live(channelName).some((recorder) => recorder.uid === uid))
      return { ...ok, outcome: "conflict" };
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

  /** A uid that joins twice throws the older one out [E 6.2]; only who was forgotten may meet that. */
  #join(made: Parameters<ModelRecorders["join"]>[0]): void {
    const { channelName, resourceId, uid } = made;
    for (const other of this.recorders.live(channelName)) {
      const mayMeet = this.isForgotten(other.resourceId) || this.isForgotten(resourceId);
      if (other.uid === uid && mayMeet) this.recorders.leave(other, { silent: false });
    }
    this.recorders.join(made);
  }

  /** One attempt = one uid = one resource: a uid that starts on a second one was used again, unless Redis has forgotten the first. */
  #checkUid(resource: Resource, resourceId: string): void {
    const key = `${resource.channelName}/${String(resource.uid)}`;
    const earlier = this.#startedUids.get(key);
    if (earlier !== undefined && !this.isForgotten(earlier))
      this.#watcher.violated(`I1: uid ${String(resource.uid)} of ${earlier} started again on ${resourceId}`);
    this.#startedUids.set(key, resourceId);
  }
}

function isRefused(recorder: Recorder | undefined): boolean {
  return recorder?.isOutOfControl === true && recorder.st !== "gone" && recorder.st !== "migrating";
}

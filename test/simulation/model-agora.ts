import type { Durations } from "@autorec/domain";
import type { AcquireAnswer, CallEvidence, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import type { FakeClock } from "./fake-clock.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** How often things go wrong, each 0 … 1 per request unless said; nothing does when `active` is false. */
export interface AgoraFaults {
  active: boolean;
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly lateStart: number;
  readonly refused: number;
  readonly unregistered: number;
}

export interface Recorder {
  readonly sid: string;
  readonly resourceId: string;
  uid: number;
  st: "starting" | "recording" | "migrating" | "leaving" | "gone";
  readonly joinedAtMs: number;
  readonly findableAtMs: number;
  migrations: number;
  isStopAccepted: boolean;
}

interface Resource {
  readonly uid: number;
  readonly madeAtMs: number;
  isStartPending: boolean;
  wasStarted: boolean;
}

/** What a recorder does that others may see. */
export interface AgoraWatcher {
  recorderJoined(recorder: Recorder): void;
  recorderLeft(recorder: Recorder): void;
  isEmptyForMs(): number | undefined;
}

const ok: CallEvidence = { reason: "ok", alarm: false };
const lost: CallEvidence = { reason: "timeout", alarm: false };
const busy: CallEvidence = { reason: "server_error", alarm: false };

/** Agora for one channel: what it accepts takes effect, whether or not anybody hears of it. */
export class ModelAgora {
  readonly recorders: Recorder[] = [];
  /** Starts that were accepted and have not taken effect yet, by resource. */
  readonly pendingStarts = new Set<string>();
  requests = 0;
  readonly #resources = new Map<string, Resource>();
  readonly #clock: FakeClock;
  readonly #random: SeededRandom;
  readonly #durations: Durations;
  readonly #faults: AgoraFaults;
  readonly #watcher: AgoraWatcher;

  constructor(options: {
    readonly clock: FakeClock;
    readonly random: SeededRandom;
    readonly durations: Durations;
    readonly faults: AgoraFaults;
    readonly watcher: AgoraWatcher;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#durations = options.durations;
    this.#faults = options.faults;
    this.#watcher = options.watcher;
  }

  get live(): readonly Recorder[] {
    return this.recorders.filter((recorder) => recorder.st !== "gone");
  }

  acquire(uid: number, answer: (answer: AcquireAnswer) => void): void {
    this.#exchange<AcquireAnswer>({
      limitMs: this.#durations.callAcquireMs,
      effect: () => {
        const resourceId = `resource-${this.#resources.size + 1}`;
        this.#resources.set(resourceId, {
          uid,
          madeAtMs: this.#clock.nowMs,
          isStartPending: false,
          wasStarted: false,
        });
        return { ...ok, outcome: "ok", resourceId };
      },
      refusal: () => ({ ...busy, outcome: "again", schedule: "others" }),
      silence: () => ({ ...lost, outcome: "again", schedule: "lost" }),
      answer,
    });
  }

  start(resourceId: string, answer: (answer: StartAnswer) => void): void {
    this.#exchange<StartAnswer>({
      limitMs: this.#durations.callStartMs,
      effect: () => this.#start(resourceId),
      refusal: () =>
        this.#random.chance(0.5)
          ? { ...busy, outcome: "again", schedule: "serverError", ambiguous: true }
          : { ...busy, outcome: "wait", schedule: "throttled" },
      silence: () => ({ ...lost, outcome: "again", schedule: "lost", ambiguous: true }),
      answer,
    });
  }

  query(sid: string, answer: (answer: QueryAnswer) => void): void {
    this.#exchange<QueryAnswer>({
      limitMs: this.#durations.callQueryMs,
      effect: () => this.#query(sid),
      refusal: () => ({ ...busy, outcome: "unknown" }),
      silence: () => ({ ...lost, outcome: "unknown" }),
      answer,
    });
  }

  stop(sid: string, answer: (answer: StopAnswer) => void): void {
    this.#exchange<StopAnswer>({
      limitMs: this.#durations.callStopMs,
      effect: () => this.#stop(sid),
      refusal: () => ({ ...busy, outcome: "unknown" }),
      silence: () => ({ ...lost, outcome: "unknown" }),
      answer,
    });
  }

  /** A recorder dies of itself. */
  kill(recorder: Recorder): void {
    if (recorder.st !== "gone") this.#leave(recorder);
  }

  /** Agora moves a recorder: 404 for a while, then it is back with another uid. */
  migrate(recorder: Recorder): void {
    if (recorder.st !== "recording" || recorder.migrations >= 3) return;
    recorder.migrations += 1;
    recorder.st = "migrating";
    this.#watcher.recorderLeft(recorder);
    this.#clock.in(this.#random.between(1_000, this.#durations.migrationMaxMs), () => {
      if (recorder.st !== "migrating") return;
      recorder.uid = 1_000_000 + this.recorders.length * 10 + recorder.migrations;
      recorder.st = "recording";
      this.#watcher.recorderJoined(recorder);
      this.checkIdle(recorder);
    });
  }

  /** Leaves a channel that has been empty for maxIdle, as Agora's recorders do by themselves. */
  checkIdle(recorder: Recorder): void {
    if (recorder.st === "gone") return;
    const emptyMs = this.#watcher.isEmptyForMs();
    if (emptyMs === undefined) return;
    const idleMs = Math.min(emptyMs, this.#clock.nowMs - recorder.joinedAtMs);
    if (idleMs < this.#durations.maxIdleMs) {
      this.#clock.in(this.#durations.maxIdleMs - idleMs, () => this.checkIdle(recorder));
    } else if (recorder.st !== "migrating") this.#leave(recorder);
  }

  /** One request: it may vanish before or after its effect, and its answer may come after the caller gave up. */
  #exchange<Answer>(options: {
    readonly limitMs: number;
    readonly effect: () => Answer;
    readonly refusal: () => Answer;
    readonly silence: () => Answer;
    readonly answer: (answer: Answer) => void;
  }): void {
    const { active, lostRequest, lostAnswer, refused } = this.#faults;
    this.requests += 1;
    const isLost = active && this.#random.chance(lostRequest);
    const isUnheard = active && this.#random.chance(lostAnswer);
    const isRefused = active && this.#random.chance(refused);
    const answer = (value: Answer, delayMs: number): void => this.#clock.in(delayMs, () => options.answer(value));
    if (isLost) {
      answer(options.silence(), options.limitMs);
      return;
    }
    const wayMsMax = this.#durations.callQueryMs / 20;
    const thereMs = this.#random.between(2, wayMsMax);
    this.#clock.in(thereMs, () => {
      const value = isRefused ? options.refusal() : options.effect();
      if (isUnheard) answer(options.silence(), options.limitMs - thereMs);
      else answer(value, this.#random.between(2, wayMsMax));
    });
  }

  #start(resourceId: string): StartAnswer {
    const resource = this.#resources.get(resourceId);
    if (resource === undefined) return { ...ok, outcome: "newResource" };
    const own = this.recorders.find((recorder) => recorder.resourceId === resourceId);
    if (resource.isStartPending || (own !== undefined && own.st !== "gone")) return { ...ok, outcome: "started" };
    const isOld = this.#clock.nowMs - resource.madeAtMs > this.#durations.resourceLifeMs;
    if (resource.wasStarted || isOld) return { ...ok, outcome: "newResource" };
    if (this.live.some((recorder) => recorder.uid === resource.uid)) return { ...ok, outcome: "conflict" };

    resource.wasStarted = true;
    const sid = `sid-${resourceId}`;
    if (this.#faults.active && this.#random.chance(this.#faults.lateStart)) {
      resource.isStartPending = true;
      this.pendingStarts.add(resourceId);
      this.#clock.in(this.#random.between(1_000, this.#durations.lateStartMs - 1_000), () => {
        resource.isStartPending = false;
        this.pendingStarts.delete(resourceId);
        this.#join({ sid, resourceId, uid: resource.uid });
      });
      return { ...busy, outcome: "again", schedule: "serverError", ambiguous: true };
    }
    this.#join({ sid, resourceId, uid: resource.uid });
    return { ...ok, outcome: "ok", sid };
  }

  #join(made: { readonly sid: string; readonly resourceId: string; readonly uid: number }): void {
    const { nowMs } = this.#clock;
    const isSlow = this.#faults.active && this.#random.chance(this.#faults.unregistered);
    const recorder: Recorder = {
      ...made,
      st: "starting",
      joinedAtMs: nowMs,
      findableAtMs: isSlow ? nowMs + this.#random.between(0, this.#durations.coverAfterStandardMs) : nowMs,
      migrations: 0,
      isStopAccepted: false,
    };
    this.recorders.push(recorder);
    this.#watcher.recorderJoined(recorder);
    this.#clock.in(this.#random.between(100, this.#durations.workSlackMs / 4), () => {
      if (recorder.st === "starting") recorder.st = "recording";
    });
    this.checkIdle(recorder);
  }

  #query(sid: string): QueryAnswer {
    const recorder = this.#find(sid);
    switch (recorder?.st) {
      case undefined:
      case "migrating":
      case "gone":
        return { ...ok, reason: "not_found", outcome: "notFound" };
      case "starting":
        return { ...ok, outcome: "starting", status: 2 };
      case "recording":
        return { ...ok, outcome: "alive", status: 5 };
      case "leaving":
        return { ...ok, outcome: "ending", status: 6 };
    }
  }

  #stop(sid: string): StopAnswer {
    const recorder = this.#find(sid);
    switch (recorder?.st) {
      case undefined:
      case "migrating":
      case "gone":
        return { ...ok, reason: "not_found", outcome: "notFound" };
      case "leaving":
        return { ...ok, outcome: "exiting" };
      case "starting":
      case "recording":
        recorder.st = "leaving";
        recorder.isStopAccepted = true;
        this.#clock.in(this.#random.between(100, this.#durations.stopSlackMs / 4), () => this.#leave(recorder));
        return { ...ok, outcome: "done" };
    }
  }

  #find(sid: string): Recorder | undefined {
    const recorder = this.recorders.find((one) => one.sid === sid);
    return recorder !== undefined && this.#clock.nowMs >= recorder.findableAtMs ? recorder : undefined;
  }

  #leave(recorder: Recorder): void {
    if (recorder.st === "gone") return;
    recorder.st = "gone";
    this.#watcher.recorderLeft(recorder);
  }
}

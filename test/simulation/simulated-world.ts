import type { Attempt, ChannelView, Decision, Durations, Rule } from "@autorec/domain";
import { fastDurations, realDurations } from "@autorec/domain";
import { FakeClock } from "./fake-clock.ts";
import { ModelAgora } from "./model-agora.ts";
import type { AgoraFaults, Recorder } from "./model-agora.ts";
import { ModelStore } from "./model-store.ts";
import { seededRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { SimulatedWorker } from "./simulated-worker.ts";
import type { WorkerFaults } from "./simulated-worker.ts";

export interface WorldOptions {
  readonly seed: number;
  /** Faults happen in this first stretch only, so many poll intervals long. */
  readonly stormPolls: number;
  readonly workers: number;
  /** Overrides what the seed would draw: for worlds that look at one fault alone. */
  readonly calm?: boolean;
}

const startMs = 1_800_000_000_000;

/** One channel, its people, Agora and several processes on one clock; whoever breaks an invariant is told at once. */
export class SimulatedWorld {
  readonly clock = new FakeClock(startMs);
  readonly durations: Durations;
  readonly rule: Rule;
  readonly store: ModelStore;
  readonly agora: ModelAgora;
  readonly violations: string[] = [];
  /** The longest time for which an occupied channel had no recorder after the storm. */
  longestGapMs = 0;
  readonly stormMs: number;
  steps = 0;
  restarts = 0;
  readonly #random: SeededRandom;
  readonly #workers: readonly SimulatedWorker[];
  readonly #agoraFaults: AgoraFaults;
  readonly #workerFaults: WorkerFaults;
  readonly #usedUids = new Map<number, number>();
  #people = 0;
  #emptySinceMs: number | undefined = startMs;
  #uncoveredSinceMs: number | undefined;
  #recentSteps: number[] = [];
  #isSilent = false;

  constructor(options: WorldOptions) {
    this.#random = seededRandom(options.seed);
    this.durations = this.#random.chance(0.5) ? realDurations : fastDurations;
    this.stormMs = options.stormPolls * this.durations.pollMs;
    const level = options.calm === true ? 0 : this.#random.next();
    this.#agoraFaults = {
      active: true,
      lostRequest: 0.1 * level,
      lostAnswer: 0.5 * level * this.#random.next(),
      lateStart: 0.6 * level * this.#random.next(),
      refused: 0.6 * level * this.#random.next(),
      unregistered: 0.3 * level,
    };
    this.#workerFaults = {
      active: true,
      crash: 0.04 * level,
      pause: 0.06 * level,
      journalRefused: 0.1 * level,
      postponed: 0.05 * level,
    };
    const { durations } = this;
    const covers = [durations.coverAfterEagerMs, durations.coverAfterStandardMs, durations.coverAfterPatientMs];
    this.rule = {
      name: "all",
      hash: "rule-1",
      mode: "individual",
      channelType: 0,
      countAudience: false,
      slots: ["primary"],
      graceMs: durations.graceMs,
      graceNormalMs: durations.graceNormalMs,
      maxIdleMs: durations.maxIdleMs,
      coverAfterMs: covers[this.#random.between(0, 2)] ?? durations.coverAfterStandardMs,
      tokenLifeS: 86_400,
      rotateAfterMs: 82_800_000,
    };
    this.store = new ModelStore({ clock: this.clock, durations });
    this.agora = new ModelAgora({
      clock: this.clock,
      random: this.#random,
      durations,
      faults: this.#agoraFaults,
      watcher: {
        recorderJoined: (recorder) => this.#recorderJoined(recorder),
        recorderLeft: (recorder) => this.#recorderLeft(recorder),
        isEmptyForMs: () => (this.#emptySinceMs === undefined ? undefined : this.clock.nowMs - this.#emptySinceMs),
      },
    });
    const tools = {
      clock: this.clock,
      random: this.#random,
      durations,
      rule: this.rule,
      store: this.store,
      agora: this.agora,
      faults: this.#workerFaults,
      decided: (before: ChannelView, decision: Decision) => this.#decided(before, decision),
    };
    this.#workers = Array.from({ length: options.workers }, (_, i) => new SimulatedWorker(`worker-${i + 1}`, tools));
    this.clock.in(this.stormMs, () => {
      this.#agoraFaults.active = false;
      this.#workerFaults.active = false;
    });
  }

  get isStorm(): boolean {
    return this.clock.nowMs < startMs + this.stormMs;
  }

  get random(): SeededRandom {
    return this.#random;
  }

  runFor(ms: number): void {
    this.clock.runUntil(this.clock.nowMs + ms, () => this.#check());
    this.#check();
  }

  /** Somebody comes or goes; the event that tells it is delivered a little later, in order. */
  setPeople(count: number, leaveReason = 1): void {
    const was = this.#people;
    this.#people = count;
    this.#emptySinceMs = count === 0 ? (this.#emptySinceMs ?? this.clock.nowMs) : undefined;
    if (count === 0 && was > 0) for (const recorder of this.agora.live) this.agora.checkIdle(recorder);
    this.clock.in(200, () => this.store.applyParticipants(count, leaveReason));
  }

  get people(): number {
    return this.#people;
  }

  /** Something happens to a process or a recorder that nobody asked for. */
  strike(): void {
    const worker = this.#workers[this.#random.between(0, this.#workers.length - 1)];
    const recorder = this.agora.live[0];
    const kind = this.#random.between(0, 4);
    if (kind === 0) worker?.crash();
    else if (kind === 1) worker?.freeze();
    else if (recorder !== undefined && kind === 2) this.killRecorder({ silent: this.#random.chance(0.5) });
    else if (recorder !== undefined) this.agora.migrate(recorder);
  }

  killRecorder(options: { readonly silent: boolean }): void {
    const recorder = this.agora.live[0];
    if (recorder === undefined) return;
    this.#isSilent = options.silent;
    this.agora.kill(recorder);
    this.#isSilent = false;
  }

  fail(what: string): void {
    const at = ((this.clock.nowMs - startMs) / 1_000).toFixed(1);
    if (this.violations.length < 5) this.violations.push(`${at} s: ${what}`);
  }

  open(): readonly Attempt[] {
    return Object.values(this.store.record.attempts).filter((attempt) => attempt.st !== "CLOSED");
  }

  /** Whether the record knows the sid of a live recorder, so that somebody can stop it. */
  isKnown(recorder: Recorder): boolean {
    return Object.values(this.store.record.attempts).some((attempt) => attempt.sid === recorder.sid);
  }

  #recorderJoined(recorder: Recorder): void {
    const same = this.agora.live.filter((other) => other.uid === recorder.uid);
    if (same.length > 1) this.fail(`I1: two live recorders have uid ${recorder.uid}`);
    this.clock.in(300, () => this.store.applyRecorderUid(recorder.uid, recorder.st !== "gone"));
  }

  #recorderLeft(recorder: Recorder): void {
    const { uid } = recorder;
    if (this.#isSilent) return;
    this.clock.in(300, () => this.store.applyRecorderUid(uid, false));
  }

  /** What must hold of every decision that became durable. */
  #decided(before: ChannelView, decision: Decision): void {
    this.steps += 1;
    this.#countSteps();
    for (const attempt of Object.values(decision.record.attempts)) {
      const earlier = before.record.attempts[attempt.n];
      if (earlier === undefined) this.#claimed(attempt);
      else if (earlier.uid !== attempt.uid) this.fail(`attempt ${attempt.n} changed its uid`);
      if (earlier?.st === "STOPPING" && !["STOPPING", "CLOSED", "GHOST"].includes(attempt.st)) {
        this.fail(`attempt ${attempt.n} went back from STOPPING to ${attempt.st}`);
      }
      if (attempt.st === "CLOSED" && earlier?.st !== "CLOSED") this.#closed(attempt);
    }
    const { dueAtMs } = decision;
    if (dueAtMs !== undefined && dueAtMs <= this.clock.nowMs) this.fail("a due time in the past was written");
  }

  #claimed(attempt: Attempt): void {
    this.restarts += 1;
    const owner = this.#usedUids.get(attempt.uid);
    if (owner !== undefined && attempt.st === "CLAIMED") this.fail(`I1: uid ${attempt.uid} of attempt ${owner} reused`);
    this.#usedUids.set(attempt.uid, attempt.n);
  }

  /** I4: nothing may be closed whose recorder runs or can still come. */
  #closed(attempt: Attempt): void {
    const { resourceId } = attempt;
    if (resourceId === undefined) return;
    if (this.agora.pendingStarts.has(resourceId))
      this.fail(`I4: attempt ${attempt.n} closed before its start took effect`);
    const recorder = this.agora.live.find((one) => one.resourceId === resourceId);
    if (recorder === undefined || recorder.isStopAccepted) return;
    this.fail(`I4: attempt ${attempt.n} closed (${attempt.cause ?? "?"}) while its recorder is ${recorder.st}`);
  }

  /** A decision that repeats itself at once would show as hundreds of steps in a second. */
  #countSteps(): void {
    const { nowMs } = this.clock;
    this.#recentSteps = [...this.#recentSteps.filter((atMs) => atMs > nowMs - 1_000), nowMs];
    if (this.#recentSteps.length === 100) this.fail("100 decisions within a second: something repeats at once");
  }

  /** I3 from outside: after the storm an occupied channel is never without a recorder for longer than the bound. */
  #check(): void {
    const { nowMs } = this.clock;
    const captures = this.agora.live.some((recorder) => recorder.st === "starting" || recorder.st === "recording");
    if (captures || this.#people === 0 || this.isStorm) {
      this.#uncoveredSinceMs = undefined;
      return;
    }
    this.#uncoveredSinceMs ??= nowMs;
    const gapMs = nowMs - this.#uncoveredSinceMs;
    this.longestGapMs = Math.max(this.longestGapMs, gapMs);
    if (gapMs > this.captureBoundMs()) {
      this.fail(`I3: nobody records an occupied channel for ${gapMs} ms`);
      this.#uncoveredSinceMs = undefined;
    }
  }

  /** How long capture may take to resume when all faults are over, from whatever they left behind. */
  captureBoundMs(): number {
    const d = this.durations;
    const poll = Math.max(1.1 * d.pollMs, d.leaseMs + 1_000);
    const backoff = Math.max(...d.claimBackoffMs, ...d.acquireRetryOthersMs, ...d.wait429Ms);
    const frozen = 3 * d.leaseMs;
    return (
      poll + this.rule.coverAfterMs + Math.max(...d.recheck404Ms) + backoff + frozen + d.adoptWindowMs + d.workSlackMs
    );
  }
}

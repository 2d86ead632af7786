import type { Attempt, Control, Durations, Rule } from "@autorec/domain";
import type { RecordingPolicy, ReconcileObserver } from "@autorec/reconciler";
import { Agenda } from "./agenda.ts";
import { runConsumer } from "./consumer-role.ts";
import { drawWorld } from "./draw-world.ts";
import type { WorldPlan } from "./draw-world.ts";
import { Fate } from "./fate.ts";
import { Judge } from "./judge.ts";
import { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-agora.ts";
import { ModelKafka } from "./model-kafka.ts";
import { Room } from "./room.ts";
import { SimClock } from "./sim-clock.ts";
import { SimProcess } from "./sim-process.ts";
import type { OpenBackend, ShardTimes, StoreBackend } from "./store-backend.ts";
import { runWatchdog } from "./watchdog-role.ts";
import { agoraOf, reconcilerOf, storeOf } from "./worker-parts.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly openBackend: OpenBackend;
  /** Faults that this run goes without. */
  readonly masked?: ReadonlySet<string>;
  /** Told line by line what happens. */
  readonly trace?: ((line: string) => void) | undefined;
  readonly onCell?: ReconcileObserver["cell"];
  readonly calm?: boolean;
}

export const appId = "app";
const startMs = 1_800_000_000_000;
/** How long an announcement of rules counts, in leases. */
const rulesLeases = 4;
/** Rules that a process may have, in the order of their coming. */
type RuleVersion = "first" | "second" | "none";

/** Channels, their people, Agora, Kafka, Redis and several processes on one clock. */
export class World {
  readonly seed: number;
  readonly clock = new SimClock(startMs);
  readonly fate: Fate;
  readonly plan: WorldPlan;
  readonly agora: ModelAgora;
  readonly kafka: ModelKafka;
  readonly backend: StoreBackend;
  readonly rooms: readonly Room[];
  readonly judge: Judge;
  readonly processes: readonly SimProcess[];
  redisAwayUntilMs = 0;
  expectsUntilMs = 0;
  ruleVersion: RuleVersion = "first";
  decisions = 0;
  readonly #controls = new Map<string, Control>();
  #control: Control = "run";
  #controlRevision = 0;
  readonly #trace: ((line: () => string) => void) | undefined;
  readonly #onCell: ReconcileObserver["cell"];
  readonly #due: Agenda;
  readonly #outbox: Agenda;
  readonly #snapshots = new Map<string, string>();

  constructor(options: WorldOptions) {
    const { seed, trace } = options;
    this.seed = seed;
    this.fate = new Fate(seed, options.masked ?? new Set());
    this.plan = drawWorld(this.fate, { calm: options.calm === true });
    this.#trace = trace === undefined ? undefined : (line) => trace(`${this.at()} ${line()}`);
    this.#onCell = options.onCell;
    const { plan, clock, fate } = this;
    this.backend = options.openBackend({ nowMs: () => clock.nowMs, shardCount: plan.shardCount });
    this.#due = new Agenda(clock);
    this.#outbox = new Agenda(clock);
    this.kafka = new ModelKafka(plan.partitionCount);
    this.rooms = plan.rooms.map(
      (name, i) =>
        new Room({
          ...{ name, appId, partition: i % plan.partitionCount, clock, fate, kafka: this.kafka, chances: plan.news },
          lagMsMax: plan.durations.eventLagMs,
          changed: (room) => this.#roomChanged(room),
          sent: (withinMs) => this.expect(withinMs),
        }),
    );
    this.agora = new ModelAgora({
      ...{ clock, fate, durations: plan.durations, chances: plan.agora },
      watcher: {
        recorderJoined: (recorder, { migrated }) => this.#recorderJoined(recorder, { migrated }),
        recorderLeft: (recorder, options) => this.#recorderLeft(recorder, options),
        emptyForMs: (name) => {
          const since = this.room(name).emptySinceMs;
          return since === undefined ? undefined : clock.nowMs - since;
        },
        violated: (what) => this.judge.fail(what),
      },
    });
    this.judge = new Judge(this);
    const tools = { clock, fate, durations: plan.durations, trace: this.#trace };
    const roles = [
      ...Array.from({ length: plan.consumers }, (_, i) => ({
        name: `consumer-${String(i + 1)}`,
        run: this.#runConsumer,
      })),
      ...Array.from({ length: plan.watchdogs }, (_, i) => ({
        name: `watchdog-${String(i + 1)}`,
        run: this.#runWatchdog,
      })),
    ];
    this.processes = roles.map(({ name, run }) => {
      let id = "";
      return new SimProcess(name, tools, {
        begin: (process) => {
          ({ id } = process);
          run(process);
        },
        // The group notices later that a member is gone.
        ended: () => {
          const dead = id;
          clock.in(plan.durations.kafkaSessionMs, () => this.kafka.leave(dead));
        },
      });
    });
    for (const process of this.processes) process.start();
  }

  get durations(): Durations {
    return this.plan.durations;
  }

  /** The time since the beginning, for people. */
  at(): string {
    return `${((this.clock.nowMs - startMs) / 1_000).toFixed(3).padStart(9)} s`;
  }

  say(line: () => string): void {
    this.#trace?.(line);
  }

  room(name: string): Room {
    const room = this.rooms.find((one) => one.name === name);
    if (room === undefined) throw new Error(`no room ${name}`);
    return room;
  }

  /** Lets time pass; ends early when something was violated, since what follows says no more. */
  async runFor(ms: number): Promise<void> {
    if (this.judge.violations.length > 0) return;
    await this.clock.runUntil(this.clock.nowMs + ms, () => this.judge.look());
  }

  /** Something that was set off now arrives within so long. */
  expect(withinMs: number): void {
    this.expectsUntilMs = Math.max(this.expectsUntilMs, this.clock.nowMs + withinMs);
  }

  /** Lets time pass until a state has lasted for a while, or so much time has gone by that it ought to have come. */
  async runUntilIt(
    lasts: (world: World) => Promise<boolean>,
    limits: { readonly lastsMs: number; readonly limitMs: number; readonly everyMs: number },
  ): Promise<void> {
    const { clock, judge } = this;
    const endMs = clock.nowMs + limits.limitMs;
    let sinceMs: number | undefined;
    while (clock.nowMs < endMs && judge.violations.length === 0) {
      await this.runFor(Math.min(limits.everyMs, endMs - clock.nowMs));
      sinceMs = (await lasts(this)) ? (sinceMs ?? clock.nowMs) : undefined;
      if (sinceMs !== undefined && clock.nowMs - sinceMs >= limits.lastsMs) return;
    }
  }

  /** Other rules for all processes, which are restarted one after the other. */
  changeRules(version: RuleVersion): void {
    this.ruleVersion = version;
    for (const process of this.processes) {
      this.clock.in(this.fate.between("rolling restart", 0, this.durations.leaseMs), () => process.crash());
    }
  }

  /** What a process has heard of the operators' switches. */
  controlAt(processName: string): Control {
    return this.#controls.get(processName) ?? "run";
  }

  /** An operator moves the switch for all channels; processes learn of it one by one, then every channel is looked at. */
  setControl(control: Control): void {
    if (control === this.#control) return;
    this.#control = control;
    this.#controlRevision += 1;
    const revision = this.#controlRevision;
    this.say(() => `switch: ${control}`);
    const heardMs = this.durations.leaseMs / 6;
    for (const { name } of this.processes) {
      this.clock.in(this.fate.between(`${name} switch`, 0, heardMs), () => {
        if (revision === this.#controlRevision) this.#controls.set(name, control);
      });
    }
    this.clock.in(heardMs + 1, async () => {
      await this.backend.makeAllDue(revision);
      await this.#afterEffect();
    });
  }

  #ruleOf(version: RuleVersion): Rule | undefined {
    const { rule } = this.plan;
    return version === "none" ? undefined : version === "first" ? rule : { ...rule, hash: "rule-2" };
  }

  readonly #runConsumer = (process: SimProcess): void => {
    const { store, reconciler } = this.#parts(process);
    const { kafka, plan } = this;
    runConsumer(process, {
      ...{ kafka, store, reconciler, appId, shardCount: plan.shardCount, chances: plan.ports.kafka },
      committed: (partition, records) => this.judge.committed(partition, records),
    });
  };

  readonly #runWatchdog = (process: SimProcess): void => {
    const { store, reconciler } = this.#parts(process);
    runWatchdog(process, {
      ...{ store, reconciler, shardCount: this.plan.shardCount, due: this.#due, outbox: this.#outbox },
      publish: ({ snapshots }) =>
        this.#toKafka(process, "publish", () => {
          for (const { key, value } of snapshots) {
            if (value === null) this.#snapshots.delete(key);
            else this.#snapshots.set(key, value);
          }
        }),
    });
  };

  #parts(process: SimProcess): {
    readonly store: ReturnType<typeof storeOf>;
    readonly reconciler: ReturnType<typeof reconcilerOf>;
  } {
    const { plan, backend } = this;
    const version = this.ruleVersion;
    const rule = this.#ruleOf(version);
    const store = storeOf(process, {
      backend,
      chances: plan.ports.store,
      isAway: () => this.clock.nowMs < this.redisAwayUntilMs,
      afterEffect: () => this.#afterEffect(),
      applied: ({ channelName }, { events }) => {
        for (const event of events) {
          if (event.kind !== "look") this.judge.appliedTo(channelName, event.uid, Number(event.clientSeq));
        }
      },
    });
    const policy: RecordingPolicy = {
      hash: `rules-${version}`,
      ruleFor: () => rule,
      knowsRule: (hash) => rule?.hash === hash,
    };
    const { sent } = this.judge.watchRequests(process);
    const agora = agoraOf(process, {
      agora: this.agora,
      chances: plan.ports.agora,
      knowsRule: (hash) => policy.knowsRule(hash),
      sent,
      told: (sid) => this.#mustBeKnown(process, sid),
    });
    const reconciler = reconcilerOf(process, {
      ...{ store, policy, agora },
      control: () => {
        const control = this.controlAt(process.name);
        return control === "run" ? { control } : { control, killSwitchRev: this.#controlRevision };
      },
      journal: ({ ref, rev, attempt }) =>
        this.#toKafka(process, "journal", () => {
          const key = `${ref.appId}/${ref.channelName}/${String(attempt.n)}`;
          this.#snapshots.set(key, JSON.stringify({ schemaVersion: 1, rev, attempt }));
        }),
      observer: this.#observe(process),
    });
    this.#announce(process, { store, hash: policy.hash });
    return { store, reconciler };
  }

  /** Who lives on for so long has written it down, or tried to until it was: however long Redis was away. */
  #mustBeKnown(process: SimProcess, sid: string): void {
    const { leaseMs } = this.plan.durations;
    const recorder = this.agora.recorderOf(sid);
    if (recorder === undefined) return;
    recorder.toldTo ??= process.id;
    const look = (): void => {
      const awayMs = this.redisAwayUntilMs - this.clock.nowMs;
      if (awayMs <= -leaseMs) recorder.mustBeKnown = true;
      else process.after(awayMs + leaseMs + 1, look);
    };
    process.after(2 * leaseMs, look);
  }

  #observe(process: SimProcess): ReconcileObserver {
    return {
      decided: ({ ref, before, input, decision }) => {
        this.decisions += 1;
        this.judge.decided(ref.channelName);
        this.say(() => {
          const changes = Object.values(decision.record.attempts).filter((a) => before.attempts[a.n] !== a);
          const told =
            input.kind === "look"
              ? "look"
              : `${input.kind} of ${String(input.n)}${"answer" in input ? ` ${input.answer.outcome}` : ""}`;
          const calls = decision.calls.map((call) => `${call.call} ${String(call.n)}`).join(", ");
          return `${process.id} ${ref.channelName}: ${told}; want ${decision.record.want.on ? "on" : "off"} (${decision.record.want.cause}); ${changes.map(shown).join(", ")}${calls === "" ? "" : `; calls ${calls}`}; due ${decision.dueAtMs === undefined ? "never" : `in ${String(decision.dueAtMs - this.clock.nowMs)} ms`}`;
        });
      },
      alarm: (ref, alarm) => this.say(() => `${process.id} ${ref.channelName}: alarm ${alarm.alarm} (${alarm.detail})`),
      called: () => undefined,
      leaseLost: (ref) => this.say(() => `${process.id} ${ref.channelName}: lease lost`),
      failed: (ref, err) => {
        this.judge.failed(err);
        this.say(() => `${process.id} ${ref.channelName}: failed, ${err instanceof Error ? err.message : String(err)}`);
      },
      ...(this.#onCell === undefined ? {} : { cell: this.#onCell }),
    };
  }

  /** As the engine keeps them announced: at once, then after a third of their life. */
  #announce(process: SimProcess, rules: { readonly store: ReturnType<typeof storeOf>; readonly hash: string }): void {
    const { store, hash } = rules;
    const rulesLifeMs = rulesLeases * this.durations.leaseMs;
    const turn = async (): Promise<void> => {
      for (let shard = 0; shard < this.plan.shardCount; shard += 1) {
        await store.announceRules(shard, hash, rulesLifeMs).catch(() => undefined);
      }
      process.after(rulesLifeMs / 3, run);
    };
    const run = (): void => {
      turn().catch((err: unknown) => this.judge.failed(err));
    };
    run();
  }

  async #toKafka(process: SimProcess, name: string, effect: () => void): Promise<void> {
    const { kafka: chances } = this.plan.ports;
    await process.ask(
      { site: this.fate.site(`${process.name} ${name}`), chances, limitMs: 5_000, wayMsMax: 10 },
      effect,
    );
  }

  /** Redis has done something: what is due and what waits may have changed. */
  #afterEffect(): unknown {
    const dueAtMs = this.backend.nextDueAtMs();
    const waiting = this.backend.outboxLength();
    if (dueAtMs instanceof Promise || waiting instanceof Promise) {
      return Promise.all([dueAtMs, waiting]).then(([due, length]) => this.#setAgendas(due, length));
    }
    this.#setAgendas(dueAtMs, waiting);
    return undefined;
  }

  #setAgendas(dueAtMs: ShardTimes, waiting: number): void {
    this.#due.setAll(dueAtMs);
    this.#outbox.setAll([waiting > 0 ? this.clock.nowMs : undefined]);
  }

  #roomChanged(room: Room): void {
    this.judge.roomChanged(room);
    if (room.emptySinceMs === undefined) return;
    for (const recorder of this.agora.live(room.name)) this.agora.checkIdle(recorder);
  }

  #recorderJoined(recorder: Recorder, { migrated }: { readonly migrated: boolean }): void {
    this.say(() => `Agora: ${recorder.sid} records with uid ${String(recorder.uid)}`);
    this.judge.recorderChanged(recorder);
    const { fate } = this;
    this.room(recorder.channelName).tellOfRecorder({ uid: recorder.uid, isHere: true, clientType: 10 });
    const chance = fate.amount(`${recorder.channelName} event 12`);
    const { eventLagMs } = this.durations;
    if (migrated && chance < 0.5) this.#tellLater(recorder, "newUid", fate.between("event 12", 500, eventLagMs));
    if (!migrated && chance < 0.3)
      this.#tellLater(recorder, "candidateSid", fate.between("event 1", 500, eventLagMs / 3));
  }

  #recorderLeft(
    recorder: Recorder,
    { silent, idle = false }: { readonly silent: boolean; readonly idle?: boolean },
  ): void {
    this.say(() => `Agora: ${recorder.sid} is ${recorder.st}`);
    this.judge.recorderChanged(recorder);
    if (silent) return;
    this.room(recorder.channelName).tellOfRecorder({ uid: recorder.uid, isHere: false, clientType: 10 });
    const { fate } = this;
    // Event 11 is said of a migration too; event 41 names the reason.
    if (fate.amount(`${recorder.channelName} event 11`) < 0.3) {
      const kind = idle && fate.amount("event 41") < 0.5 ? "idleSaid" : "exitSaid";
      this.#tellLater(recorder, kind, fate.between("event 11", 100, this.durations.eventLagMs / 3));
    }
  }

  #tellLater(recorder: Recorder, kind: Parameters<World["tellOf"]>[1], delayMs: number): void {
    this.expect(delayMs);
    this.clock.in(delayMs, () => this.tellOf(recorder, kind));
  }

  /** Agora's own event about a recorder reaches the attempt that it is about. */
  async tellOf(
    recorder: Recorder,
    kind: "newUid" | "candidateSid" | "exitSaid" | "idleSaid" | "storageError" | "rotate",
  ): Promise<void> {
    const ref = { appId, channelName: recorder.channelName };
    const reading = await this.backend.readChannel(ref);
    const attempt = Object.values(reading?.view.record.attempts ?? {}).find(
      (one) => one.resourceId === recorder.resourceId,
    );
    if (attempt === undefined) return;
    const { n, slot, session, uid, mode, resourceId = recorder.resourceId } = attempt;
    const fact = { n, kind, slot, session, uid, mode, resourceId, sid: recorder.sid, atMs: this.clock.nowMs };
    this.say(() => `Redis is told ${kind} of ${recorder.sid}`);
    const more = kind === "newUid" ? { newUid: recorder.uid } : kind === "storageError" ? { errorCode: 47 } : {};
    await this.backend.fact(ref, { ...fact, ...more });
    await this.#afterEffect();
  }
}

function shown(attempt: Attempt): string {
  const flags = [
    attempt.n404 > 0 ? `${String(attempt.n404)}×404` : "",
    attempt.stopAckAtMs === undefined ? "" : "stop accepted",
    attempt.cause ?? "",
  ].filter((flag) => flag !== "");
  return `${String(attempt.n)} ${attempt.st}${flags.length === 0 ? "" : ` (${flags.join(", ")})`}`;
}

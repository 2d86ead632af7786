import type { Control, Durations } from "@autorec/domain";
import type { ReconcileObserver } from "@autorec/reconciler";
import { Agenda } from "./agenda.ts";
import { AgoraNews } from "./agora-news.ts";
import type { RecorderNews } from "./agora-news.ts";
import { drawWorld } from "./draw-world.ts";
import type { WorldPlan } from "./draw-world.ts";
import { Fate } from "./fate.ts";
import { Judge } from "./judge.ts";
import { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import { ModelKafka } from "./model-kafka.ts";
import { OperatorSwitch } from "./operator-switch.ts";
import { ProcessRoles } from "./process-roles.ts";
import type { RuleVersion } from "./process-roles.ts";
import { RedisOutages } from "./redis-outages.ts";
import { Room } from "./room.ts";
import { SimClock } from "./sim-clock.ts";
import { SimProcess } from "./sim-process.ts";
import type { OpenBackend, ShardTimes, StoreBackend } from "./store-backend.ts";
import { ToldSids } from "./told-sids.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly openBackend: OpenBackend;
  /** Faults that this run goes without. */
  readonly masked?: ReadonlySet<string>;
  /** Told line by line what happens. */
  readonly trace?: ((line: string) => void) | undefined;
  readonly onCell?: ReconcileObserver["cell"];
  readonly calm?: boolean;
  /** The account has hardly enough requests and workers. */
  readonly scarce?: boolean;
}

export const appId = "app";
const startMs = 1_800_000_000_000;

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
  readonly redis: RedisOutages;
  expectsUntilMs = 0;
  ruleVersion: RuleVersion = "first";
  decisions = 0;
  readonly #switch: OperatorSwitch;
  readonly #trace: ((line: () => string) => void) | undefined;
  readonly #due: Agenda;
  readonly #outbox: Agenda;
  readonly #news: AgoraNews;

  constructor(options: WorldOptions) {
    const { seed, trace } = options;
    this.seed = seed;
    this.fate = new Fate(seed, options.masked ?? new Set());
    this.plan = drawWorld(this.fate, { calm: options.calm === true, scarce: options.scarce === true });
    this.#trace = trace === undefined ? undefined : (line) => trace(`${this.at()} ${line()}`);
    const { plan, clock, fate } = this;
    this.backend = options.openBackend({
      ...{ nowMs: () => clock.nowMs, shardCount: plan.shardCount },
      quotaRecoverMs: plan.durations.quotaRecoverMs,
    });
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
      workers: plan.quota.workers,
      watcher: {
        recorderJoined: (recorder, options) => this.#news.recorderJoined(recorder, options),
        recorderLeft: (recorder, options) => this.#news.recorderLeft(recorder, options),
        emptyForMs: (name) => {
          const since = this.room(name).emptySinceMs;
          return since === undefined ? undefined : clock.nowMs - since;
        },
        violated: (what) => this.judge.fail(what),
        refusedWorker: (asked) => this.judge.quota.refusedWorker(asked),
      },
    });
    this.judge = new Judge(this);
    this.#news = new AgoraNews({
      ...{ appId, clock, fate, backend: this.backend, lagMsMax: plan.durations.eventLagMs },
      room: (name) => this.room(name),
      say: (line) => this.say(line),
      changed: (recorder) => this.judge.recorderChanged(recorder),
      expect: (withinMs) => this.expect(withinMs),
      afterEffect: () => this.#afterEffect(),
    });
    const told = new ToldSids({
      ...{ agora: this.agora, clock, leaseMs: plan.durations.leaseMs },
      redisHereSinceMs: () => this.redis.hereSinceMs,
    });
    const say = (line: () => string): void => this.say(line);
    this.redis = new RedisOutages({
      ...{ backend: this.backend, clock, say },
      readerMs: () => this.processes[0]?.localClock.nowMs() ?? clock.nowMs,
      emptied: () => {
        told.forget();
        roles.watchState();
        this.#setAgendas([], 0);
      },
      failedOver: async (before) => {
        const { resourceIds, sids } = await this.#knownToRedis();
        told.forgetAllBut(sids);
        agora.forgetAllBut(resourceIds);
        roles.makeWritesAgain(before);
        await this.#switch.repeat();
        await this.#afterEffect();
      },
    });
    const { agora, backend, judge, kafka, redis } = this;
    const roles = new ProcessRoles({
      ...{ agora, appId, backend, judge, kafka, plan, redis, told, say, onCell: options.onCell },
      ...{ due: this.#due, outbox: this.#outbox },
      operators: () => this.#switch,
      ruleVersion: () => this.ruleVersion,
      afterEffect: () => this.#afterEffect(),
      decided: () => {
        this.decisions += 1;
      },
    });
    this.processes = this.#makeProcesses(roles);
    this.#switch = new OperatorSwitch({
      ...{ clock, fate, durations: plan.durations, processes: this.processes },
      say,
      heardByAll: async (revision) => {
        await this.backend.makeAllDue(revision);
        await this.#afterEffect();
      },
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

  /** Agora's own event about a recorder, or an order, reaches the attempt that it is about. */
  tellOf(recorder: Recorder, kind: RecorderNews): Promise<void> {
    return this.#news.tell(recorder, kind);
  }

  /** Other rules for all processes, which are restarted one after the other. */
  changeRules(version: RuleVersion): void {
    this.ruleVersion = version;
    for (const process of this.processes) {
      const delayMs = this.fate.between("rolling restart", 0, this.durations.leaseMs);
      this.expect(delayMs);
      this.clock.in(delayMs, () => process.crash());
    }
  }

  /** What a process has heard of the operators' switches. */
  controlAt(processName: string): Control {
    return this.#switch.at(processName);
  }

  setControl(control: Control): void {
    this.#switch.move(control);
  }

  #makeProcesses(roles: ProcessRoles): readonly SimProcess[] {
    const { clock, fate, kafka, plan } = this;
    const tools = { clock, fate, durations: plan.durations, trace: this.#trace };
    const make = (name: string, run: (process: SimProcess) => void): SimProcess => {
      let id = "";
      return new SimProcess(name, tools, {
        begin: (process) => {
          ({ id } = process);
          run(process);
        },
        // The group notices later that a member is gone.
        ended: () => {
          const dead = id;
          clock.in(plan.durations.kafkaSessionMs, () => kafka.leave(dead));
        },
      });
    };
    return [
      ...Array.from({ length: plan.consumers }, (_, i) =>
        make(`consumer-${String(i + 1)}`, (process) => roles.runConsumer(process)),
      ),
      ...Array.from({ length: plan.watchdogs }, (_, i) =>
        make(`watchdog-${String(i + 1)}`, (process) => roles.runWatchdog(process)),
      ),
    ];
  }

  /** Redis has done something: what is due and what waits may have changed. */
  #afterEffect(): unknown {
    this.redis.notice();
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

  /** What the attempts and facts in Redis say of recorders. */
  async #knownToRedis(): Promise<{ readonly sids: ReadonlySet<string>; readonly resourceIds: ReadonlySet<string> }> {
    const sids = new Set<string>();
    const resourceIds = new Set<string>();
    for (const { name } of this.rooms) {
      const { facts = [], record } = (await this.backend.readChannel({ appId, channelName: name }))?.view ?? {};
      // An attempt whose start Redis has not heard of being sent counts as one that was never started.
      const started = Object.values(record?.attempts ?? {}).filter(({ startSends }) => startSends > 0);
      for (const { sid, resourceId } of [...facts, ...started]) {
        if (sid !== undefined) sids.add(sid);
        if (resourceId !== undefined) resourceIds.add(resourceId);
      }
    }
    return { sids, resourceIds };
  }

  #roomChanged(room: Room): void {
    this.judge.roomChanged(room);
    if (room.emptySinceMs === undefined) return;
    for (const recorder of this.agora.recorders.live(room.name)) this.agora.recorders.checkIdle(recorder);
  }
}

import type { Control, Durations, Rule } from "@autorec/domain";
import { takeValue } from "@autorec/engine";
import type { JournalValue } from "@autorec/engine";
import type { RecordingPolicy, ReconcileObserver } from "@autorec/reconciler";
import { Agenda } from "./agenda.ts";
import { AgoraNews } from "./agora-news.ts";
import type { RecorderNews } from "./agora-news.ts";
import { runConsumer, stateSourcesOf } from "./consumer-role.ts";
import { drawWorld } from "./draw-world.ts";
import type { WorldPlan } from "./draw-world.ts";
import { Fate } from "./fate.ts";
import { Judge } from "./judge.ts";
import { keepAnnounced } from "./keep-announced.ts";
import { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import { ModelKafka } from "./model-kafka.ts";
import { observeWork } from "./observe-work.ts";
import { OperatorSwitch } from "./operator-switch.ts";
import { Room } from "./room.ts";
import { SimClock } from "./sim-clock.ts";
import { SimProcess } from "./sim-process.ts";
import { StateKeeper } from "./state-keeper.ts";
import type { OpenBackend, ShardTimes, StoreBackend } from "./store-backend.ts";
import { ToldSids } from "./told-sids.ts";
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
  lostAtMs = -Infinity;
  #rebuiltAtMs = 0;
  #redisSeenAtMs = -Infinity;
  ruleVersion: RuleVersion = "first";
  decisions = 0;
  readonly #switch: OperatorSwitch;
  readonly #trace: ((line: () => string) => void) | undefined;
  readonly #onCell: ReconcileObserver["cell"];
  readonly #due: Agenda;
  readonly #outbox: Agenda;
  /** The compacted topic. */
  readonly #journal = new Map<string, JournalValue>();
  readonly #news: AgoraNews;
  readonly #told: ToldSids;
  readonly #keepers = new Map<string, StateKeeper>();

  constructor(options: WorldOptions) {
    const { seed, trace } = options;
    this.seed = seed;
    this.fate = new Fate(seed, options.masked ?? new Set());
    this.plan = drawWorld(this.fate, { calm: options.calm === true });
    this.#trace = trace === undefined ? undefined : (line) => trace(`${this.at()} ${line()}`);
    this.#onCell = options.onCell;
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
      watcher: {
        recorderJoined: (recorder, options) => this.#news.recorderJoined(recorder, options),
        recorderLeft: (recorder, options) => this.#news.recorderLeft(recorder, options),
        emptyForMs: (name) => {
          const since = this.room(name).emptySinceMs;
          return since === undefined ? undefined : clock.nowMs - since;
        },
        violated: (what) => this.judge.fail(what),
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
    this.#told = new ToldSids({
      ...{ agora: this.agora, clock, leaseMs: plan.durations.leaseMs },
      redisHereSinceMs: () => (this.backend.isLost() ? Infinity : Math.max(this.redisAwayUntilMs, this.#rebuiltAtMs)),
    });
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
    this.#switch = new OperatorSwitch({
      ...{ clock, fate, durations: plan.durations, processes: this.processes },
      say: (line) => this.say(line),
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

  /** Redis does not answer for so long. */
  takeRedisAway(awayMs: number): void {
    const { nowMs } = this.clock;
    if (nowMs >= this.redisAwayUntilMs) this.#redisSeenAtMs = nowMs;
    this.redisAwayUntilMs = Math.max(this.redisAwayUntilMs, nowMs + awayMs);
    this.say(() => `Redis is away for ${String(awayMs)} ms`);
  }

  /** Redis loses everything that it knows, as by FLUSHALL. */
  loseRedis(): void {
    if (this.backend.loseAll === undefined) return;
    if (this.clock.nowMs >= this.redisAwayUntilMs && !this.backend.isLost()) this.#redisSeenAtMs = this.clock.nowMs;
    this.backend.loseAll();
    this.lostAtMs = this.clock.nowMs;
    this.say(() => "Redis has lost everything");
    this.#told.forget();
    for (const keeper of this.#keepers.values()) this.#watchState(keeper);
    this.#setAgendas([], 0);
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

  #ruleOf(version: RuleVersion): Rule | undefined {
    const { rule } = this.plan;
    return version === "none" ? undefined : version === "first" ? rule : { ...rule, hash: "rule-2" };
  }

  readonly #runConsumer = (process: SimProcess): void => {
    const { store, reconciler } = this.#parts(process, { canRead: true });
    const { kafka, plan } = this;
    runConsumer(process, {
      ...{ kafka, store, reconciler, appId, shardCount: plan.shardCount, chances: plan.ports.kafka },
      committed: (partition, records) => this.judge.committed(partition, records),
    });
  };

  readonly #runWatchdog = (process: SimProcess): void => {
    const { store, reconciler } = this.#parts(process, { canRead: false });
    runWatchdog(process, {
      ...{ store, reconciler, shardCount: this.plan.shardCount, due: this.#due, outbox: this.#outbox },
      publish: ({ snapshots }) =>
        this.#toKafka(process, "publish", () => {
          for (const { key, value } of snapshots) takeValue(this.#journal, key, value);
        }),
    });
  };

  /** `canRead`: the process reads the event topic, so it can bring presence back. */
  #parts(
    process: SimProcess,
    { canRead }: { readonly canRead: boolean },
  ): {
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
    const keeper = new StateKeeper(process, {
      ...{ store, backend, shardCount: plan.shardCount },
      unseenForMs: () => this.clock.nowMs - this.#redisSeenAtMs,
      sources: canRead
        ? stateSourcesOf(process, {
            ...{ appId, backend, store, kafka: this.kafka, chances: plan.ports.kafka, journal: this.#journal },
          })
        : undefined,
    });
    this.#keepers.set(process.name, keeper);
    this.#watchState(keeper);
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
      told: (sid) => this.#told.tell(process, sid),
      lostAtMs: () => this.lostAtMs,
    });
    const reconciler = reconcilerOf(process, {
      ...{ store, policy, agora },
      control: () => {
        const control = this.controlAt(process.name);
        return control === "run" ? { control } : { control, killSwitchRev: this.#switch.revision };
      },
      journal: ({ ref, rev, attempt }) =>
        this.#toKafka(process, "journal", () => {
          const key = `${ref.appId}/${ref.channelName}/${String(attempt.n)}`;
          takeValue(this.#journal, key, JSON.stringify({ schemaVersion: 1, rev, attempt }));
        }),
      observer: observeWork(process, {
        judge: this.judge,
        say: (line) => this.say(line),
        nowMs: () => this.clock.nowMs,
        decided: ({ ref, decision }) => {
          this.decisions += 1;
          keeper.recentSids.remember(ref, decision);
        },
        onCell: this.#onCell,
      }),
    });
    keepAnnounced(process, {
      ...{ store, hash: policy.hash, shardCount: plan.shardCount },
      failed: (err) => this.judge.failed(err),
    });
    return { store, reconciler };
  }

  #watchState(keeper: StateKeeper): void {
    keeper.watch().catch((err: unknown) => this.judge.failed(err));
  }

  async #toKafka(process: SimProcess, name: string, effect: () => void): Promise<void> {
    const { kafka: chances } = this.plan.ports;
    await process.ask({ site: process.site(name), chances, limitMs: 5_000, wayMsMax: 10 }, effect);
  }

  /** Redis has done something: what is due and what waits may have changed. */
  #afterEffect(): unknown {
    if (this.#rebuiltAtMs < this.lostAtMs && !this.backend.isLost()) {
      this.#rebuiltAtMs = this.clock.nowMs;
      this.say(() => "Redis has its state again");
    }
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
    for (const recorder of this.agora.recorders.live(room.name)) this.agora.recorders.checkIdle(recorder);
  }
}

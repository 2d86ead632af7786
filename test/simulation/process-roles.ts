import type { Rule } from "@autorec/domain";
import { takeValue } from "@autorec/engine";
import type { JournalValue } from "@autorec/engine";
import type { RecordingPolicy, ReconcileObserver, Reconciler } from "@autorec/reconciler";
import { keepWorkers } from "../../services/watchdog/src/keep-workers.ts";
import type { Agenda } from "./agenda.ts";
import { runConsumer, stateSourcesOf } from "./consumer-role.ts";
import type { WorldPlan } from "./draw-world.ts";
import type { Judge } from "./judge.ts";
import { keepAnnounced } from "./keep-announced.ts";
import type { ModelAgora } from "./model-agora.ts";
import type { ModelKafka } from "./model-kafka.ts";
import { observeWork } from "./observe-work.ts";
import type { OperatorSwitch } from "./operator-switch.ts";
import type { RedisOutages } from "./redis-outages.ts";
import type { SimProcess } from "./sim-process.ts";
import { StateKeeper } from "./state-keeper.ts";
import type { StoreBackend } from "./store-backend.ts";
import type { ToldSids } from "./told-sids.ts";
import { runWatchdog } from "./watchdog-role.ts";
import { account, agoraOf, reconcilerOf, storeOf } from "./worker-parts.ts";
import type { ProcessStore } from "./worker-parts.ts";

/** Rules that a process may have, in the order of their coming. */
export type RuleVersion = "first" | "second" | "none";

/** What all processes of a world have to do with. */
interface SharedParts {
  readonly agora: ModelAgora;
  readonly appId: string;
  readonly backend: StoreBackend;
  readonly judge: Judge;
  readonly kafka: ModelKafka;
  readonly operators: () => OperatorSwitch;
  readonly plan: WorldPlan;
  readonly redis: RedisOutages;
  readonly told: ToldSids;
  readonly due: Agenda;
  readonly outbox: Agenda;
  readonly ruleVersion: () => RuleVersion;
  readonly afterEffect: () => unknown;
  readonly decided: () => void;
  readonly onCell: ReconcileObserver["cell"];
  readonly say: (line: () => string) => void;
}

interface OwnParts {
  readonly store: ProcessStore;
  readonly reconciler: Reconciler;
}

/** Builds each life of a process from production's parts, and hands it what the world has in place of Redis, Kafka and Agora. */
export class ProcessRoles {
  readonly #shared: SharedParts;
  /** The compacted topic. */
  readonly #journal = new Map<string, JournalValue>();
  readonly #keepers = new Map<string, StateKeeper>();

  constructor(shared: SharedParts) {
    this.#shared = shared;
  }

  runConsumer(process: SimProcess): void {
    const { appId, judge, kafka, plan } = this.#shared;
    runConsumer(process, {
      ...this.#parts(process, { canRead: true }),
      ...{ kafka, appId, shardCount: plan.shardCount, chances: plan.ports.kafka },
      committed: (partition, records) => judge.committed(partition, records),
    });
  }

  runWatchdog(process: SimProcess): void {
    const { due, outbox, plan } = this.#shared;
    const parts = this.#parts(process, { canRead: false });
    const { store } = parts;
    runWatchdog(process, {
      ...parts,
      janitor: plan.isScarce ? () => keepWorkers({ store, accounts: [account], durations: plan.durations }) : undefined,
      ...{ shardCount: plan.shardCount, due, outbox },
      publish: ({ snapshots }) =>
        this.#toKafka(process, "publish", () => {
          for (const { key, value } of snapshots) takeValue(this.#journal, key, value);
        }),
    });
  }

  /** Redis has lost its state: whoever lives sees to it. */
  watchState(): void {
    for (const keeper of this.#keepers.values()) this.#watchState(keeper);
  }

  /** Another Redis has taken the place of the one with this name: whoever lives notices. */
  makeWritesAgain(before: string): void {
    for (const keeper of this.#keepers.values()) this.#makeWritesAgain(keeper, before);
  }

  #makeWritesAgain(keeper: StateKeeper, known: string | undefined): void {
    keeper.makeWritesAgain(known).catch((err: unknown) => this.#shared.judge.failed(err));
  }

  /** `canRead`: the process reads the event topic, so it can bring presence back. */
  #parts(process: SimProcess, { canRead }: { readonly canRead: boolean }): OwnParts {
    const { plan } = this.#shared;
    const policy = this.#policy();
    const store = this.#store(process);
    const keeper = this.#keeper(process, { store, canRead });
    const reconciler = this.#reconciler(process, { store, policy, keeper });
    keepAnnounced(process, {
      ...{ store, hash: policy.hash, shardCount: plan.shardCount },
      failed: (err) => this.#shared.judge.failed(err),
    });
    return { store, reconciler };
  }

  #policy(): RecordingPolicy {
    const version = this.#shared.ruleVersion();
    const rule = this.#ruleOf(version);
    return { hash: `rules-${version}`, ruleFor: () => rule, knowsRule: (hash) => rule?.hash === hash };
  }

  #ruleOf(version: RuleVersion): Rule | undefined {
    const { rule } = this.#shared.plan;
    return version === "none" ? undefined : version === "first" ? rule : { ...rule, hash: "rule-2" };
  }

  #store(process: SimProcess): ProcessStore {
    const { afterEffect, backend, judge, plan, redis } = this.#shared;
    return storeOf(process, {
      ...{ backend, chances: plan.ports.store, afterEffect },
      isAway: () => redis.isAway,
      applied: ({ channelName }, { events }) => {
        for (const event of events) {
          if (event.kind !== "look") judge.appliedTo(channelName, event.uid, Number(event.clientSeq));
        }
      },
    });
  }

  #keeper(
    process: SimProcess,
    { store, canRead }: { readonly store: ProcessStore; readonly canRead: boolean },
  ): StateKeeper {
    const { appId, backend, kafka, plan, redis } = this.#shared;
    const { kafka: chances } = plan.ports;
    const keeper = new StateKeeper(process, {
      ...{ store, backend, shardCount: plan.shardCount },
      unseenForMs: () => redis.unseenForMs,
      sources: canRead
        ? stateSourcesOf(process, { appId, backend, store, kafka, chances, journal: this.#journal })
        : undefined,
    });
    this.#keepers.set(process.name, keeper);
    this.#watchState(keeper);
    if (canRead && redis.hasFailedOver) this.#makeWritesAgain(keeper, undefined);
    return keeper;
  }

  #reconciler(
    process: SimProcess,
    parts: { readonly store: ProcessStore; readonly policy: RecordingPolicy; readonly keeper: StateKeeper },
  ): Reconciler {
    const { decided, judge, onCell, operators, plan, redis, say } = this.#shared;
    const { keeper, policy, store } = parts;
    const { clock } = process.tools;
    const { sent } = judge.watchRequests(process);
    const agora = agoraOf(process, {
      agora: this.#shared.agora,
      chances: plan.ports.agora,
      knowsRule: (hash) => policy.knowsRule(hash),
      quota: plan.quota,
      sent,
      told: (sid) => this.#shared.told.tell(process, sid),
      // Who holds a lease by its own clock goes on with what it knew before a failover.
      isForgotten: ({ atMs, channelName, sid }) =>
        redis.hasForgottenSince(atMs) ||
        (atMs < redis.failedOverAtMs + plan.durations.leaseMs && !this.#isInRedis(channelName, sid)),
    });
    return reconcilerOf(process, {
      ...{ policy, agora, store: keeper.recentSids.watched(store) },
      control: () => {
        const control = operators().at(process.name);
        return control === "run" ? { control } : { control, killSwitchRev: operators().revision };
      },
      journal: ({ ref, rev, attempt }) =>
        this.#toKafka(process, "journal", () => {
          const key = `${ref.appId}/${ref.channelName}/${String(attempt.n)}`;
          takeValue(this.#journal, key, JSON.stringify({ schemaVersion: 1, rev, attempt }));
        }),
      observer: observeWork(process, {
        ...{ judge, say, onCell },
        nowMs: () => clock.nowMs,
        decided: ({ ref, decision }) => {
          decided();
          keeper.recentSids.remember(ref, decision);
        },
      }),
    });
  }

  #isInRedis(channelName: string, sid: string): boolean {
    const { appId, backend } = this.#shared;
    const reading = backend.readChannel({ appId, channelName });
    // Only a model fails over.
    if (reading instanceof Promise) return true;
    return Object.values(reading?.view.record.attempts ?? {}).some((attempt) => attempt.sid === sid);
  }

  #watchState(keeper: StateKeeper): void {
    keeper.watch().catch((err: unknown) => this.#shared.judge.failed(err));
  }

  async #toKafka(process: SimProcess, name: string, effect: () => void): Promise<void> {
    const { kafka: chances } = this.#shared.plan.ports;
    await process.ask({ site: process.site(name), chances, limitMs: 5_000, wayMsMax: 10 }, effect);
  }
}

import { openChannelLists, openEngine } from "@autorec/engine";
import type { Engine } from "@autorec/engine";
import { channelStates, recorderStates, runMain, systemClock, systemRandom } from "@autorec/service-kit";
import { PresenceCheck } from "./check-presence.ts";
import { publishBatch } from "./publish-batch.ts";
import { leaveOutbox, tendOutbox } from "./relay-outbox.ts";
import { censusRestMs, takeCensus } from "./take-census.ts";
import { ControlTender } from "./tend-control.ts";
import { watchQuota } from "./watch-quota.ts";
import { DueWorker } from "./work-due.ts";
import { workSchedule } from "./work-schedule.ts";

/** Two lists this far apart are two observations: what Agora lists is some seconds old. */
const presenceCheckMs = 30_000;

await runMain(async () => {
  const engine = await openEngine("watchdog", process.env);
  const worker = createWorker(engine);
  watchSchedule(engine, worker);
  watchOutbox(engine);
  tendControl(engine);
  countChannels(engine);
  watchQuota(engine);
  checkPresence(engine);
  await engine.serve({});
  engine.log.info({ shards: engine.deployment.shards }, "watchdog works");
});

function createWorker({ store, deployment, reconciler, instanceId, durations, metrics, log }: Engine): DueWorker {
  return new DueWorker({
    store,
    shardCount: deployment.shards,
    reconciler,
    owner: instanceId,
    leaseMs: durations.leaseMs,
    newToken: () => systemRandom.token(),
    monotonicMs: () => systemClock.monotonicMs(),
    observer: {
      granted(delayMs) {
        metrics.scheduleDelay.observe(delayMs / 1_000);
      },
      unreadable(problem) {
        log.error(problem, "stored record cannot be read, channel left alone");
      },
      settled(outcome, durationMs) {
        const labels = {
          source: "schedule",
          outcome: outcome === "settled" ? "done" : outcome === "contended" ? "again" : "retry",
        };
        metrics.reconciles.inc(labels);
        metrics.reconcileDuration.observe(labels, durationMs / 1_000);
      },
      failed(err) {
        log.error({ err }, "reconcile failed");
      },
    },
  });
}

/** Takes what is due, tick by tick; at shutdown takes nothing more and finishes what is under way. */
function watchSchedule({ shutdown, durations, deployment, log }: Engine, worker: DueWorker): void {
  // Registered first, so that it ends last: by then the schedule takes nothing more.
  shutdown.onStop("channels under way", async () => {
    const finished = worker.runningCount;
    await worker.drained();
    return { finished, left: worker.runningCount };
  });
  const firstShard = (): number => systemRandom.uint32() % deployment.shards;
  shutdown.spawn(
    "schedule",
    (signal) => workSchedule({ worker, firstShard, tickMs: durations.tickMs, clock: systemClock, log }, signal),
    { essential: true },
  );
}

function watchOutbox({ shutdown, store, deployment, durations, producer, topics, metrics, log }: Engine): void {
  const relay = {
    store,
    shardCount: deployment.shards,
    token: systemRandom.token(),
    leaseMs: durations.leaseMs,
    publish: publishBatch({ producer, topics }),
    oldestWaits: (ms: number) => {
      metrics.outboxOldestAge.set(ms / 1_000);
    },
  };
  shutdown.spawn(
    "outbox relay",
    async (signal) => {
      while (!signal.aborted) {
        try {
          await tendOutbox(relay);
        } catch (err) {
          log.warn({ err }, "outbox could not be relayed, it is tried again");
        }
        await systemClock.sleep(durations.tickMs, signal);
      }
      await leaveOutbox(relay).catch((err: unknown) => {
        log.warn({ err }, "outbox could not be given back, another watchdog takes it when the lease ends");
      });
    },
    { essential: true },
  );
}

/** The operators' switches: those that end, the journal of all, and the channels that a change concerns. */
function tendControl({ shutdown, store, deployment, durations, control, policy, producer, topics, log }: Engine): void {
  const tender = new ControlTender({
    store,
    shardCount: deployment.shards,
    reading: () => control.reading,
    ruleNameOf: (ref) => policy.ruleFor(ref.appId, ref.channelName)?.rule.name,
    settleMs: 2 * durations.tickMs,
    monotonicMs: () => systemClock.monotonicMs(),
    journal: async (messages) => {
      await producer.sendBatch([{ topic: topics.snapshots, messages }]);
    },
  });
  shutdown.spawn("switches' consequences", async (signal) => {
    while (!signal.aborted) {
      try {
        await tender.round();
      } catch (err) {
        log.warn({ err }, "what follows from the switches could not be done, it is tried again");
      }
      await systemClock.sleep(durations.tickMs, signal);
    }
  });
}

/** Channels and recorders by state, of the whole deployment; every app of the policy has every series. */
function countChannels({ shutdown, store, deployment, policy, metrics, log }: Engine): void {
  shutdown.spawn("census", async (signal) => {
    while (!signal.aborted) {
      const beganAtMs = systemClock.monotonicMs();
      try {
        const { channels, recorders } = await takeCensus({ store, shardCount: deployment.shards });
        for (const { appId, name: app } of policy.apps.values()) {
          for (const state of channelStates) metrics.channels.set({ app, state }, channels.get(appId)?.get(state) ?? 0);
          for (const state of recorderStates)
            metrics.recorders.set({ app, state }, recorders.get(appId)?.get(state) ?? 0);
        }
      } catch (err) {
        log.warn({ err }, "channels could not be counted");
      }
      const tookMs = systemClock.monotonicMs() - beganAtMs;
      await systemClock.sleep(censusRestMs(tookMs), signal);
    }
  });
}

/** Asks Agora about channels whose presence is in doubt, where the configuration allows it. */
function checkPresence(engine: Engine): void {
  const { deployment, log, policy, shutdown, store } = engine;
  if (![...policy.apps.values()].some((app) => app.channelManagement)) return;
  const check = new PresenceCheck({
    store,
    shardCount: deployment.shards,
    listUsers: openChannelLists(engine),
    observer: {
      confirmed: (ref, { trusted, removed }) =>
        log.info({ ...ref, trusted, removed }, "presence confirmed by a user list"),
      unlisted: (ref, { outcome, reason }) =>
        log.warn({ ...ref, outcome, reason }, "user list not available, nothing changed"),
    },
  });
  shutdown.spawn("presence check", async (signal) => {
    while (!signal.aborted) {
      try {
        await check.round();
      } catch (err) {
        log.warn({ err }, "presence could not be checked, it is tried again");
      }
      await systemClock.sleep(presenceCheckMs, signal);
    }
  });
}

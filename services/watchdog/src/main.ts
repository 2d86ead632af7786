import { openEngine } from "@autorec/engine";
import type { Engine } from "@autorec/engine";
import { runMain, systemClock, systemRandom } from "@autorec/service-kit";
import { publishBatch } from "./publish-batch.ts";
import { relayOutbox } from "./relay-outbox.ts";
import { DueWorker } from "./work-due.ts";

await runMain(async () => {
  const engine = await openEngine("watchdog", process.env);
  const worker = createWorker(engine);
  watchSchedule(engine, worker);
  watchOutbox(engine);
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
  shutdown.spawn(
    "schedule",
    async (signal) => {
      while (!signal.aborted) {
        try {
          await worker.round(systemRandom.uint32() % deployment.shards);
        } catch (err) {
          log.warn({ err }, "schedule could not be read");
        }
        await systemClock.sleep(durations.tickMs, signal);
      }
    },
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
  };
  shutdown.spawn(
    "outbox relay",
    async (signal) => {
      while (!signal.aborted) {
        try {
          await relayOutbox(relay);
          metrics.outboxOldestAge.set(((await store.outboxOldestAgeMs()) ?? 0) / 1_000);
        } catch (err) {
          log.warn({ err }, "outbox could not be relayed, it is tried again");
        }
        await systemClock.sleep(durations.tickMs, signal);
      }
    },
    { essential: true },
  );
}

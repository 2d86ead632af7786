import type { Engine } from "@autorec/engine";
import { requestClasses, systemClock } from "@autorec/service-kit";
import { keepWorkers } from "./keep-workers.ts";

/** How often what accounts have, use and lack is read for the metrics: one short script per account. */
const readingMs = 15_000;

/** Reservations that nobody holds any more are ended, and what accounts have, use and lack is shown. */
export function watchQuota({ shutdown, store, accounts, durations, metrics, log }: Engine): void {
  shutdown.spawn("workers janitor", async (signal) => {
    while (!signal.aborted) {
      await systemClock.sleep(durations.quotaJanitorMs, signal);
      try {
        const { ended, prolonged } = await keepWorkers({ store, accounts: [...accounts.keys()], durations });
        if (ended + prolonged > 0) log.info({ ended, prolonged }, "reservations of workers looked into");
      } catch (err) {
        log.warn({ err }, "reservations of workers could not be looked into");
      }
    }
  });
  shutdown.spawn("quota reading", async (signal) => {
    while (!signal.aborted) {
      try {
        for (const [account, quota] of accounts) showQuota(metrics, account, await store.readQuota(account, quota));
      } catch (err) {
        log.warn({ err }, "quota could not be read");
      }
      await systemClock.sleep(readingMs, signal);
    }
  });
}

function showQuota(
  metrics: Engine["metrics"],
  account: string,
  reading: Awaited<ReturnType<Engine["store"]["readQuota"]>>,
): void {
  metrics.quotaWorkersLimit.set({ account }, reading.workersLimit);
  metrics.quotaWorkersUsed.set({ account }, reading.workersUsed);
  metrics.quotaRequestsLimit.set({ account }, reading.requestsPerSecond);
  metrics.quotaOldestWait.set({ account }, reading.waitingForWorker === 0 ? 0 : reading.oldestWaitMs / 1_000);
  for (const name of requestClasses) {
    const forWorkers = name === "start" ? reading.waitingForWorker : 0;
    metrics.quotaWaiting.set({ account, class: name }, reading.waitingRequests[name] + forWorkers);
  }
}

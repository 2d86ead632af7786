import { z } from "zod";
import { figure, pairs } from "./reply-schema.ts";
import { checkRate, percentPerStep, type RequestClass, windowUs } from "./request-budget.ts";
import type { StoreContext } from "./store-context.ts";
import { prioritySpan, workersPerStep } from "./worker-ledger.ts";

/** What Agora allows an account. */
export interface AccountQuota {
  readonly requestsPerSecond: number;
  readonly workers: number;
}

/** What an account has, uses and lacks now. */
export interface QuotaReading {
  /** In force: the configured limit, less what 429 has taken for a while. */
  readonly requestsPerSecond: number;
  /** In force: the configured limit, less what 406 has taken for a while. */
  readonly workersLimit: number;
  readonly workersUsed: number;
  /** Attempts that wait for a worker. */
  readonly waitingForWorker: number;
  /** How long the one that has waited longest waits for its worker. */
  readonly oldestWaitMs: number;
  /** Requests that were sent away and come back later, about. */
  readonly waitingRequests: Readonly<Record<RequestClass, number>>;
}

const reading = z.object({
  reply: z.literal("quota"),
  percent: figure,
  workersLimit: figure,
  workersUsed: figure,
  waiting: figure,
  oldestWaitMs: figure,
  away: pairs,
});

/** Reads an account's budget and ledger in one step; changes nothing. */
export async function readQuota(context: StoreContext, account: string, quota: AccountQuota): Promise<QuotaReading> {
  const { requestsPerSecond, workers } = quota;
  checkRate(account, requestsPerSecond);
  const requests = context.keys.requests(account);
  const ledger = context.keys.workers(account);
  const reply = await context.scripts.run(
    "read-quota",
    {
      keys: [requests.classes, requests.cut, ledger.workers, ledger.waiting, ledger.cut],
      args: [
        ...[requestsPerSecond, windowUs, context.quotaRecoverMs * 1_000, percentPerStep],
        ...[workers, workersPerStep(workers), prioritySpan],
      ],
    },
    reading,
  );
  const away = (name: RequestClass): number => Number(reply.away.get(name) ?? 0);
  return {
    requestsPerSecond: (requestsPerSecond * reply.percent) / 100,
    workersLimit: reply.workersLimit,
    workersUsed: reply.workersUsed,
    waitingForWorker: reply.waiting,
    oldestWaitMs: reply.oldestWaitMs,
    waitingRequests: {
      start: away("start"),
      confirm: away("confirm"),
      stop: away("stop"),
      "restart-check": away("restart-check"),
      poll: away("poll"),
    },
  };
}

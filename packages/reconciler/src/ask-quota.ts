import type { Input, WaitCause } from "@autorec/domain";
import type { CallOrder } from "./call-order.ts";
import type { AgoraAccess, ReconcilerDeps } from "./ports.ts";
import { pollAwayMs, requestClass } from "./request-class.ts";

/** A call that has to wait, for how long at least, and for what. */
export interface QuotaWait {
  readonly retryInMs: number;
  readonly cause: WaitCause;
}

/** Waiters beyond the queue ask so many times less often: only when it is shorter can they get into it. */
const outsideFactor = 6;
/** The length of the queue of waiters in Redis. */
const queueLength = 1_000;

/** Reserves the worker that an acquire needs; undefined when it has one. */
export async function askWorker(
  order: CallOrder,
  agora: AgoraAccess,
  deps: ReconcilerDeps,
): Promise<QuotaWait | undefined> {
  const { ref, attempt, isTakeover } = order;
  const { quotaReserveMs: reserveMs, quotaRetryMs: retryMs } = deps.durations;
  const grant = await deps.store.reserveWorker(agora.account, {
    ref,
    n: attempt.n,
    workers: agora.workers,
    reserveMs,
    isTakeover,
    priority: deps.policy.ruleFor(ref)?.priority ?? 0,
    waitingSinceMs: attempt.claimedAtMs,
    retryMs,
  });
  if (grant.kind === "reserved") {
    if (attempt.waitingFor === "quota_workers") {
      deps.observer.waited?.({ ref, class: "start", waitMs: order.sentAtMs - attempt.claimedAtMs });
    }
    return undefined;
  }
  const factor = grant.ahead < queueLength ? 1 : outsideFactor;
  return { retryInMs: Math.round(retryMs * factor * spreadOf(attempt.uid)), cause: "quota_workers" };
}

/** Takes a place among the account's requests and waits until it is there; undefined when the call may leave now. */
export async function askRequest(
  order: CallOrder,
  agora: AgoraAccess,
  deps: ReconcilerDeps,
): Promise<QuotaWait | undefined> {
  const { call, attempt, ref, sentAtMs: nowMs } = order;
  const { durations } = deps;
  const name = requestClass(call, attempt, { nowMs, durations });
  const grant = await deps.store.takeRequest(agora.account, {
    class: name,
    requestsPerSecond: agora.requestsPerSecond,
    ...(call.call === "start" ? { holdsResource: true } : {}),
    ...(name === "poll" ? { awayMsMin: pollAwayMs(attempt, nowMs, durations) } : {}),
  });
  if (grant.kind === "refused") return { retryInMs: Math.max(grant.retryInMs, 1), cause: "quota_requests" };
  deps.observer.waited?.({ ref, class: name, waitMs: grant.waitMs });
  if (grant.waitMs > 0) await deps.sleep(grant.waitMs);
  return undefined;
}

/** Agora's own limit was met although ours was kept: something else uses the account, or it allows less than is configured. */
export async function tellRefusal(
  order: CallOrder,
  agora: AgoraAccess,
  deps: ReconcilerDeps,
  input: Input | undefined,
): Promise<void> {
  if (input === undefined || !("answer" in input)) return;
  const { account, workers } = agora;
  const { ref, attempt } = order;
  try {
    if (input.answer.reason === "throttled") await deps.store.cutRequests(account);
    if (input.answer.reason === "over_workers") await deps.store.cutWorkers(account, { ref, n: attempt.n, workers });
  } catch (err) {
    // The answer counts whether or not the others hear of it.
    deps.observer.failed(ref, err);
  }
}

/** 0.9 … 1.1, the same for the same recorder: who was refused together does not come back together. */
function spreadOf(uid: number): number {
  return 0.9 + ((Math.floor(uid / 2) * 31) % 201) / 1_000;
}

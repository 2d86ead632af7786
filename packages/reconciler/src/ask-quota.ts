import type { Input, WaitCause } from "@autorec/domain";
import type { WorkerOrder } from "@autorec/session-store";
import type { CallOrder, CallPlan } from "./call-order.ts";
import type { AgoraAccess, ReconcilerDeps } from "./ports.ts";
import { pollAwayMs, requestClass } from "./request-class.ts";

/**
 * The account's answer to a call: from when on (local monotonic time) it may leave, or how long it waits at least, and for what.
 * `countedAtMs`: when its place was at the earliest, since nobody knows how long the answer was on its way.
 */
export type QuotaAnswer =
  | { readonly kind: "place"; readonly atMs: number; readonly countedAtMs: number }
  | { readonly kind: "wait"; readonly retryInMs: number; readonly cause: WaitCause };

/** Waiters beyond the queue ask so many times less often: only when it is shorter can they get into it. */
const outsideFactor = 6;
/** The length of the queue of waiters in Redis. */
const queueLength = 1_000;

/** Takes a place among the account's requests, with the worker that an acquire needs; who has no worker gets no place. */
export async function askQuota(plan: CallPlan, agora: AgoraAccess, deps: ReconcilerDeps): Promise<QuotaAnswer> {
  const { attempt, call, decidedAtMs: nowMs, ref } = plan;
  const { clock, durations, observer, store } = deps;
  const name = requestClass(call, attempt, { nowMs, durations });
  const askedAtMs = clock.monotonicMs();
  const grant = await store.takeRequest(agora.account, {
    class: name,
    requestsPerSecond: agora.requestsPerSecond,
    ...(call.call === "acquire" ? { worker: workerOrder(plan, agora, deps) } : {}),
    ...(call.call === "start" ? { holdsResource: true } : {}),
    ...(name === "poll" ? { awayMsMin: pollAwayMs(attempt, nowMs, durations) } : {}),
  });
  if (grant.kind === "no_worker") {
    const factor = grant.ahead < queueLength ? 1 : outsideFactor;
    const retryInMs = Math.round(durations.quotaRetryMs * factor * spreadOf(attempt.uid));
    return { kind: "wait", retryInMs, cause: "quota_workers" };
  }
  if (call.call === "acquire" && attempt.waitingFor === "quota_workers")
    observer.waited?.({ ref, class: name, waitMs: nowMs - attempt.claimedAtMs });
  if (grant.kind === "refused")
    return { kind: "wait", retryInMs: Math.max(grant.retryInMs, 1), cause: "quota_requests" };
  observer.waited?.({ ref, class: name, waitMs: grant.waitMs });
  return { kind: "place", atMs: clock.monotonicMs() + grant.waitMs, countedAtMs: askedAtMs + grant.waitMs };
}

function workerOrder({ attempt, isTakeover, ref }: CallPlan, agora: AgoraAccess, deps: ReconcilerDeps): WorkerOrder {
  const { quotaReserveMs: reserveMs, quotaRetryMs: retryMs } = deps.durations;
  return {
    ref,
    n: attempt.n,
    workers: agora.workers,
    reserveMs,
    isTakeover,
    priority: deps.policy.ruleFor(ref)?.priority ?? 0,
    waitingSinceMs: attempt.claimedAtMs,
    retryMs,
  };
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

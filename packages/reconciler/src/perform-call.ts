import { requestWindowMs, resourceStartCutoffMs } from "@autorec/domain";
import type { Attempt, Call, Durations, Input } from "@autorec/domain";
import type { StartAnswer } from "@autorec/events";
import { ApiConfigError } from "@autorec/recording-api";
import type { StartClientRequest } from "@autorec/recording-api";
import { askQuota, tellRefusal } from "./ask-quota.ts";
import type { QuotaAnswer } from "./ask-quota.ts";
import type { CallOrder, CallPlan } from "./call-order.ts";
import type { Lease } from "./lease.ts";
import type { AgoraAccess, ReconcilerDeps } from "./ports.ts";
import type { RedisClock } from "./redis-clock.ts";

interface CallTools {
  readonly deps: ReconcilerDeps;
  readonly lease: Lease;
  readonly clock: RedisClock;
  /** Hears of a start's answer that came after its time limit. */
  readonly late: (input: Input) => void;
}

/** A place that is so old is not used: Agora counts when a request arrives, and the window leaves room for twice this. */
const placeGoodMs = (requestWindowMs - 1_000) / 2;

/** Who comes so late has missed its place: the process was stopped. What is shorter is how late timers are in a busy one. */
const missedMs = 250;

/** Below so many requests per second a place that came too early costs more than the answer of Redis that is waited for. */
const ratePreparedMin = 5;

/** What a call must have before it may leave: its place among the account's requests, and for a start the journal's word and its body. */
export interface Preparation {
  readonly agora: AgoraAccess;
  /** Absent: asked for when the call could leave. */
  readonly quota: Promise<QuotaAnswer> | undefined;
  /** Absent: the journal knows the attempt already, or need not. */
  readonly journal: Promise<unknown> | undefined;
  /** The body of a start; built while Redis and Kafka are being waited for, where there is such a time. */
  readonly startRequest: () => StartClientRequest | undefined;
}

/**
 * Begins, while the decision is still being written, what the call would otherwise wait for after it; undefined when the app is
 * not known here. Nothing of it lets anybody send: a decision that fails costs a place and, when Redis is away, a worker until
 * its reservation is over, and leaves an attempt in the journal that a rebuild takes for one whose start may have left, until
 * it is journalled again or closed.
 */
export function prepareCall(plan: CallPlan, deps: ReconcilerDeps): Preparation | undefined {
  const { attempt, call, decidedOnRev, ref } = plan;
  const agora = deps.agoraFor(ref.appId);
  if (agora === undefined) return undefined;
  const isJournalFirst = call.call === "start" && call.journalFirst;
  const startRequest = once(() => agora.startRequest(attempt, ref.channelName));
  if (call.call === "start") deps.meanwhile?.(() => ahead(startRequest));
  // The least that the commit of the decision can get.
  const rev = String(BigInt(decidedOnRev) + 1n);
  return {
    agora,
    quota: agora.requestsPerSecond < ratePreparedMin ? undefined : heardLater(askQuota(plan, agora, deps)),
    journal: isJournalFirst ? heardLater(deps.journal({ ref, rev, attempt })) : undefined,
    startRequest,
  };
}

/** What `make` returns, made at the first call that succeeds. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function ahead(make: () => unknown): void {
  try {
    make();
  } catch {
    // It fails again, and is told, where it is needed.
  }
}

/** A rejection counts when the call may leave, and not at all when it never does. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/**
 * Sends one announced call and turns its answer into the next input; undefined when it was not sent because the lease is
 * over. One order = one send: nothing below repeats a request. What fails before the send only puts the call off.
 */
export async function performCall(
  order: CallOrder,
  prepared: Preparation | undefined,
  tools: CallTools,
): Promise<Input | undefined> {
  const { deps } = tools;
  const { n } = order.call;
  if (prepared === undefined) return putOff(order, deps.durations.openLookMs);
  const { agora } = prepared;
  try {
    if (order.call.call === "start" && !(await isJournaled(order, prepared, deps))) {
      return { kind: "journalRefused", n, send: order.call.send };
    }
    const wait = await waitForPlace(prepared, order, tools);
    if (wait === "leaseOver") return undefined;
    if (wait !== undefined) return { ...putOff(order, wait.retryInMs), cause: wait.cause };
    // Nothing but the lease lies between the granted moment and the send.
    if (!(await tools.lease.covers(callLimitMs(order.call, deps.durations)))) return undefined;
    if (!order.isStillMeant() || !isAllowed(order, deps)) return putOff(order, deps.durations.tickMs);
    // Journal and budget may have taken their time: the next decision doubts a resource that is too old.
    if (order.call.call === "start" && isTooOld(order.attempt, tools)) return putOff(order, 1);
  } catch (err) {
    // Redis was away for a moment, and nothing was sent.
    deps.observer.failed(order.ref, err);
    return putOff(order, deps.durations.quotaRetryMs);
  }
  try {
    const input = await send(order, prepared, tools);
    await tellRefusal(order, agora, deps, input);
    return input;
  } catch (err) {
    deps.observer.failed(order.ref, err);
    // A request that can never be sent, as far as anybody knows here: no reason to hurry, and nothing to doubt.
    if (err instanceof ApiConfigError) return putOff(order, deps.durations.openLookMs);
    return { kind: "postponed", n, retryInMs: deps.durations.openLookMs };
  }
}

/**
 * Waits until the call's place has come; answers why when it has none. A journal that took long costs the place, and so does a
 * process that was stopped: all that it had planned would leave at once. Another is asked for; not when the lease is over: for
 * an attempt that others may have closed, nobody would release the worker. If that one is missed too, it is used all the same:
 * where Redis is always so slow, it would never be otherwise. Only who misses it by far was stopped again, and waits.
 */
async function waitForPlace(
  { agora, quota }: Preparation,
  order: CallOrder,
  { deps, lease }: CallTools,
): Promise<Extract<QuotaAnswer, { readonly kind: "wait" }> | "leaseOver" | undefined> {
  const { clock, durations, sleep } = deps;
  const ask = async (): Promise<QuotaAnswer | "leaseOver"> =>
    (await lease.covers(callLimitMs(order.call, durations))) ? askQuota(order, agora, deps) : "leaseOver";
  const early = await quota;
  const isPast = early?.kind === "place" && clock.monotonicMs() - early.atMs > placeGoodMs;
  let answer = early === undefined || isPast ? await ask() : early;
  for (let isSecond = false; ; isSecond = true) {
    if (answer === "leaseOver" || answer.kind === "wait") return answer;
    const waitMs = answer.atMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(waitMs);
    const missedByMs = clock.monotonicMs() - answer.countedAtMs;
    if (missedByMs <= (isSecond ? durations.sendSlackMs / 2 : missedMs)) return undefined;
    if (isSecond) return { kind: "wait", retryInMs: durations.tickMs, cause: "quota_requests" };
    answer = await ask();
  }
}

/** The call certainly did not leave: what announced a start is taken back. */
function putOff({ call }: CallOrder, retryInMs: number): Extract<Input, { readonly kind: "postponed" }> {
  return { kind: "postponed", n: call.n, retryInMs, ...(call.call === "start" ? { send: call.send } : {}) };
}

/** A switch may have been thrown while the call waited for the journal or the budget. */
function isAllowed({ ref, call }: CallOrder, deps: ReconcilerDeps): boolean {
  const { control } = deps.control({ ...ref, ruleName: deps.policy.ruleFor(ref)?.name });
  const isStart = call.call === "acquire" || call.call === "start";
  return control === "run" || (control !== "handsOff" && !isStart);
}

function isTooOld(attempt: Attempt, { clock, deps }: CallTools): boolean {
  return clock.latestMs() >= (attempt.acquireSentAtMs ?? 0) + resourceStartCutoffMs(deps.durations);
}

async function isJournaled({ ref }: CallOrder, { journal }: Preparation, deps: ReconcilerDeps): Promise<boolean> {
  try {
    await journal;
    return true;
  } catch (err) {
    deps.observer.failed(ref, err);
    return false;
  }
}

async function send(
  order: CallOrder,
  { agora, startRequest }: Preparation,
  tools: CallTools,
): Promise<Input | undefined> {
  const { ref, call, attempt, sentAtMs } = order;
  const { channelName } = ref;
  const { uid, mode, resourceId, host } = attempt;
  const startedAtMs = tools.deps.clock.monotonicMs();
  const answered = (): { n: number; sentAtMs: number; answeredAtMs: number } => ({
    n: call.n,
    sentAtMs,
    answeredAtMs: tools.clock.latestMs(),
  });
  const report = (answer: {
    readonly outcome: string;
    readonly reason: Parameters<ReconcilerDeps["observer"]["called"]>[0]["reason"];
  }): void => {
    const durationMs = tools.deps.clock.monotonicMs() - startedAtMs;
    tools.deps.observer.called({ ref, call, outcome: answer.outcome, reason: answer.reason, durationMs });
  };
  switch (call.call) {
    case "acquire": {
      const { resourceExpiredHour } = agora;
      const { excludeResourceIds } = call;
      const apart = excludeResourceIds === undefined ? {} : { excludeResourceIds };
      const answer = await agora.client.acquire({ channelName, uid, mode, resourceExpiredHour, ...apart });
      report(answer);
      return { kind: "acquire", ...answered(), answer };
    }
    case "start": {
      const clientRequest = startRequest();
      if (clientRequest === undefined || resourceId === undefined) return unsendable(order, tools);
      const asInput = (answer: StartAnswer): Input => ({
        kind: "start",
        ...answered(),
        resourceId,
        send: call.send,
        answer,
      });
      const answer = await agora.client.start(
        { resourceId, host, mode, channelName, uid, clientRequest },
        { late: (heard) => tools.late(asInput(heard)) },
      );
      report(answer);
      return asInput(answer);
    }
    case "query": {
      if (resourceId === undefined) return unsendable(order, tools);
      const answer = await agora.client.query({ resourceId, host, sid: call.sid, mode });
      report(answer);
      return { kind: "query", ...answered(), sid: call.sid, answer };
    }
    case "stop": {
      if (resourceId === undefined) return unsendable(order, tools);
      const answer = await agora.client.stop({ resourceId, host, sid: call.sid, mode, channelName, uid });
      report(answer);
      return { kind: "stop", ...answered(), sid: call.sid, answer };
    }
  }
}

/** A row without what its call needs, or a rule that has just gone: the next look decides anew, not at once. */
function unsendable(order: CallOrder, tools: CallTools): Input {
  return putOff(order, tools.deps.durations.tickMs);
}

function callLimitMs(call: Call, durations: Durations): number {
  switch (call.call) {
    case "acquire":
      return durations.callAcquireMs;
    case "start":
      return durations.callStartMs;
    case "query":
      return durations.callQueryMs;
    case "stop":
      return durations.callStopMs;
  }
}

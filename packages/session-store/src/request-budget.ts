import { pollSpare, requestWindowMs } from "@autorec/domain";
import { z } from "zod";
import { figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { workerCall, type WorkerOrder } from "./worker-ledger.ts";

/** What requests are for, the most urgent first: a class never waits for what a later one has booked. */
export const requestClasses = ["start", "confirm", "stop", "restart-check", "poll"] as const;
/** One of `requestClasses`. */
export type RequestClass = (typeof requestClasses)[number];

/** What the caller wants to send, and what its account allows. */
export interface RequestOrder {
  readonly class: RequestClass;
  /** Fractions count below 1 only: a limit of 2.5 is kept as 2. */
  readonly requestsPerSecond: number;
  /** The start of a resource that is held already, and grows old: goes before the acquires of others. */
  readonly holdsResource?: boolean;
  /** Who is sent away need not come back sooner: how far a poll may stretch without asking. */
  readonly awayMsMin?: number;
  /** The attempt that needs one more worker: without it the request gets no place. Asking again is harmless. */
  readonly worker?: WorkerOrder;
}

/** Whether the request may leave; one that was granted counts even if it is never sent. */
export type RequestGrant =
  /** The request is counted; send it after `waitMs`. */
  | { readonly kind: "granted"; readonly waitMs: number }
  /** More urgent ones have booked so far ahead that there is no place; a worker that was reserved is kept. */
  | { readonly kind: "refused"; readonly retryInMs: number }
  /** So many of the account's workers are taken, and so many waiters go first: the attempt waits in the account's queue. */
  | { readonly kind: "no_worker"; readonly used: number; readonly limit: number; readonly ahead: number };

const takeReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("granted"), waitMs: figure }),
  z.object({ reply: z.literal("refused"), retryInMs: figure }),
  z.object({ reply: z.literal("no_worker"), used: figure, limit: figure, ahead: figure }),
]);
const cutReply = z.object({ reply: z.enum(["cut", "known"]), percent: figure });

/** In which no more than the limit may leave. */
export const windowUs = requestWindowMs * 1_000;
/** Longest that a request is sent away for: a storm of ten thousand asks a few hundred times per second at most. */
const awayMsMax = 15_000;
/** A 429 halves the budget, down to this; each step without another gives a tenth of the limit back. */
const percentLeast = 10;
/** What a step gives back, in percent of the limit. */
export const percentPerStep = 10;

/** How one class shares the account: what it may book ahead is the longest that a class before it waits for it. */
interface Share {
  /** In windows. */
  readonly ahead: number;
  /** Of each window, in percent: left to the classes before it even when the account is quiet. */
  readonly spare: number;
  /** Of all requests, in percent: the class gets so many whatever storm fills the account. */
  readonly owed: number;
}

const shares: Readonly<Record<RequestClass, Share>> = {
  // Half of all is owed to starts: at one or two per second a place is longer than what may be booked ahead.
  start: { ahead: 1.5, spare: 0, owed: 50 },
  // A recorder that has just been started can wait for its first query; whoever waits to be recorded is losing words.
  confirm: { ahead: 0.45, spare: 0, owed: 1 },
  stop: { ahead: 0.3, spare: 0, owed: 4 },
  "restart-check": { ahead: 0.15, spare: 0, owed: 3 },
  // Asks only for what is free now, and never for the last fifth: a start that comes finds a place at once.
  poll: { ahead: 0, spare: pollSpare * 100, owed: 2 },
};
/** The start of a held resource: no storm of acquires makes it wait until the resource is too old. */
const aheadOfHeldResource = 2;

/**
 * Takes one request from an account's budget, which all processes share; never more than the limit in any second. An order
 * that names a worker gets both or is told what is missing, in one step.
 */
export async function takeRequest(context: StoreContext, account: string, order: RequestOrder): Promise<RequestGrant> {
  const { requestsPerSecond, holdsResource = false, awayMsMin = 0, worker } = order;
  checkRate(account, requestsPerSecond);
  const { ahead, owed, spare } = shares[order.class];
  const keys = context.keys.requests(account);
  const also = worker === undefined ? { keys: [], args: [] } : workerCall(context, account, worker);
  const reply = await context.scripts.run(
    "take-request",
    {
      keys: [keys.sent, keys.classes, keys.cut, ...also.keys],
      args: [
        ...[order.class, requestsPerSecond, windowUs, holdsResource ? aheadOfHeldResource : ahead, spare, owed],
        ...[awayMsMax * 1_000, Math.ceil(awayMsMin * 1_000), context.quotaRecoverMs * 1_000, percentPerStep],
        ...also.args,
      ],
    },
    takeReply,
  );
  switch (reply.reply) {
    case "granted":
      return { kind: "granted", waitMs: reply.waitMs };
    case "refused":
      return { kind: "refused", retryInMs: reply.retryInMs };
    case "no_worker":
      return { kind: "no_worker", used: reply.used, limit: reply.limit, ahead: reply.ahead };
  }
}

/** Agora has answered 429: the account asks for half as much for a while. Answers the percent that are left. */
export async function cutRequests(context: StoreContext, account: string): Promise<number> {
  const { cut } = context.keys.requests(account);
  const args = [windowUs, percentLeast, context.quotaRecoverMs * 1_000, percentPerStep];
  return (await context.scripts.run("cut-requests", { keys: [cut], args }, cutReply)).percent;
}

/** @throws TypeError when no request could ever leave, or any number at once */
export function checkRate(account: string, requestsPerSecond: number): void {
  if (requestsPerSecond > 0 && Number.isFinite(requestsPerSecond)) return;
  throw new TypeError(`request budget of ${requestsPerSecond}/s for account ${account}: must be a number > 0`);
}

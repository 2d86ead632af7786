import { pollSpare, requestWindowMs } from "@autorec/domain";
import { z } from "zod";
import { fields, figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { together } from "./together.ts";
import { workerArgs, type WorkerOrder, workerTerms } from "./worker-ledger.ts";

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

const answer = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("granted"), waitMs: figure }),
  z.object({ reply: z.literal("refused"), retryInMs: figure }),
  z.object({ reply: z.literal("no_worker"), used: figure, limit: figure, ahead: figure }),
]);
const takeReply = z.object({ reply: z.literal("taken"), answers: z.array(fields.pipe(answer)) });
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

/** In one script, which holds Redis up for about a millisecond then. */
const ordersMax = 100;

/** What the orders of one script have in common: the account, and the figures of `take-requests` that come before the orders. */
interface Terms {
  readonly account: string;
  readonly figures: readonly number[];
}

/**
 * Takes requests from the accounts' budgets, which all processes share; never more than the limit in any second. An order
 * that names a worker gets both or is told what is missing, in one step. What is asked in one turn of the event loop shares a
 * script: in a storm hundreds of channels ask at the same time.
 */
export function openRequestBudget(
  context: StoreContext,
): (account: string, order: RequestOrder) => Promise<RequestGrant> {
  const take = together<Terms, RequestOrder, RequestGrant>(
    async ({ account, figures }, orders) => {
      const { classes, cut, sent } = context.keys.requests(account);
      const { asked, cut: workersCut, waiting, workers } = context.keys.workers(account);
      const { answers } = await context.scripts.run(
        "take-requests",
        {
          keys: [sent, classes, cut, workers, waiting, asked, workersCut],
          args: [...figures, ...orders.flatMap(orderArgs)],
        },
        takeReply,
      );
      return answers.map(grantOf);
    },
    { nameOf: ({ account, figures }) => [account, ...figures].join(" "), most: ordersMax },
  );
  return async (account, order) => {
    checkRate(account, order.requestsPerSecond);
    const worker = order.worker === undefined ? noWorkerTerms : workerTerms(context, order.worker);
    const recovery = [context.quotaRecoverMs * 1_000, percentPerStep];
    return take(
      { account, figures: [order.requestsPerSecond, windowUs, awayMsMax * 1_000, ...recovery, ...worker] },
      order,
    );
  };
}

function grantOf(given: z.infer<typeof answer>): RequestGrant {
  switch (given.reply) {
    case "granted":
      return { kind: "granted", waitMs: given.waitMs };
    case "refused":
      return { kind: "refused", retryInMs: given.retryInMs };
    case "no_worker":
      return { kind: "no_worker", used: given.used, limit: given.limit, ahead: given.ahead };
  }
}

/** Of orders that need none. */
const noWorkerTerms: readonly number[] = [0, 0, 0, 0, 0, 0];

function orderArgs({ awayMsMin = 0, holdsResource = false, ...order }: RequestOrder): readonly (string | number)[] {
  const { ahead, owed, spare } = shares[order.class];
  return [
    ...[order.class, holdsResource ? aheadOfHeldResource : ahead, spare, owed, Math.ceil(awayMsMin * 1_000)],
    ...(order.worker === undefined ? ["", 0, 0] : workerArgs(order.worker)),
  ];
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

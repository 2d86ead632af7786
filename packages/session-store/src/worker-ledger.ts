import { spareWorkers, workersPerSpare } from "@autorec/domain";
import { z } from "zod";
import { type ChannelRef, memberOf, refOf } from "./channel-ref.ts";
import { figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { together } from "./together.ts";

/** The attempt that a worker is for. */
export interface AttemptRef {
  readonly ref: ChannelRef;
  readonly n: number;
}

/** What the attempt needs, and what its account has. */
export interface WorkerOrder extends AttemptRef {
  /** Peak concurrent workers that Agora allows. */
  readonly workers: number;
  readonly reserveMs: number;
  /** Capture goes on in a new attempt while the old one still has a worker: may use what is kept free for that. */
  readonly isTakeover: boolean;
  /** 0 … 1000, the greater goes first. */
  readonly priority: number;
  /** Of equal priority, who has waited longer goes first (ms of the Redis clock). */
  readonly waitingSinceMs: number;
  /** How soon it asks again; a waiter that is silent for three times as long is forgotten. */
  readonly retryMs: number;
}

/** How long from now an attempt keeps its worker; 0 = it has none any more. */
export interface WorkerHold extends AttemptRef {
  readonly holdMs: number;
}

/** Waiters that are remembered in order; beyond them, who asks first when there is room gets into the queue. */
const waitersMax = 1_000;
/** Distance between two priorities in the queue: more than any time in ms. */
export const prioritySpan = 1e13;
/** A takeover goes before every priority: a recording that runs is not given up for one that may begin. */
const takeoverPriority = 1_001;

const holdReply = z.object({ reply: z.literal("held"), workers: figure });
const expiredReply = z.object({ reply: z.literal("expired"), attempts: z.array(z.string()) });
const cutReply = z.object({ reply: z.literal("cut"), workers: figure });

/** What a step of recovery gives back after a 406. */
export function workersPerStep(workers: number): number {
  return Math.max(1, Math.ceil(workers / workersPerSpare));
}

/** What all reservations of an account have in common (`include/reserve.lua`). */
export function workerTerms({ quotaRecoverMs }: StoreContext, order: WorkerOrder): readonly number[] {
  const { workers, reserveMs, retryMs } = order;
  return [workers, reserveMs, 3 * retryMs, waitersMax, quotaRecoverMs, workersPerStep(workers)];
}

/** The attempt, how many workers are not for it, and its rank among those who wait. */
export function workerArgs(order: WorkerOrder): readonly (string | number)[] {
  const { workers, isTakeover, priority, waitingSinceMs } = order;
  const rank = Math.floor(waitingSinceMs) - (isTakeover ? takeoverPriority + priority : priority) * prioritySpan;
  return [attemptKey(order), isTakeover ? 0 : spareWorkers(workers), rank];
}

/** In one script. */
const holdsMax = 200;

/** Which reservations a change is for; `expired`: only those that are over, as a janitor must. */
export type HeldWorkers = "any" | "expired";

/** Prolongs or ends reservations, also lost ones; what is said in one turn of the event loop shares a script. */
export function openWorkerHolds(
  context: StoreContext,
): (account: string, holds: readonly WorkerHold[], which?: HeldWorkers) => Promise<void> {
  const hold = together<{ readonly account: string; readonly which: HeldWorkers }, WorkerHold, true>(
    async ({ account, which }, holds) => {
      const keys = context.keys.workers(account);
      const args = [which, ...holds.flatMap((each) => [attemptKey(each), Math.max(0, Math.ceil(each.holdMs))])];
      await context.scripts.run("hold-workers", { keys: [keys.workers, keys.waiting, keys.asked], args }, holdReply);
      return holds.map(() => true);
    },
    { nameOf: ({ account, which }) => `${account} ${which}`, most: holdsMax },
  );
  return async (account, holds, which = "any") => {
    await Promise.all(holds.map((each) => hold({ account, which }, each)));
  };
}

/** Reservations that are over, oldest first. */
export async function expiredWorkers(
  context: StoreContext,
  account: string,
  max: number,
): Promise<readonly AttemptRef[]> {
  const { workers } = context.keys.workers(account);
  const { attempts } = await context.scripts.run("expired-workers", { keys: [workers], args: [max] }, expiredReply);
  return attempts.map(attemptOf);
}

/** Agora has answered 406: the account has no more workers than now run, for a while. Answers how many. */
export async function cutWorkers(
  context: StoreContext,
  account: string,
  refused: AttemptRef & { readonly workers: number },
): Promise<number> {
  const keys = context.keys.workers(account);
  const args = [attemptKey(refused), refused.workers, context.quotaRecoverMs, workersPerStep(refused.workers)];
  return (await context.scripts.run("cut-workers", { keys: [keys.workers, keys.cut], args }, cutReply)).workers;
}

function attemptKey({ ref, n }: AttemptRef): string {
  return `${memberOf(ref)}:${String(n)}`;
}

/** A channel's name may hold colons; a number may not. */
function attemptOf(key: string): AttemptRef {
  const end = key.lastIndexOf(":");
  return { ref: refOf(key.slice(0, end)), n: Number(key.slice(end + 1)) };
}

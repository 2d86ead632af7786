import { z } from "zod";
import { figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";

/** The kinds of calls that must not starve one another. */
export type RequestKind = "start" | "acquire" | "stop" | "query";

/** What the caller wants to send, and what its account allows. */
export interface RequestOrder {
  readonly kind: RequestKind;
  /** Fractions count below 1 only: a limit of 2.5 is kept as 2. */
  readonly requestsPerSecond: number;
}

/** Whether the request may leave; one that was granted counts even if it is never sent. */
export type RequestGrant =
  /** The request is counted; send it after `waitMs`. */
  | { readonly kind: "granted"; readonly waitMs: number }
  /** As many of its kind wait as may; nothing was taken. */
  | { readonly kind: "refused"; readonly retryInMs: number };

const takeReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("granted"), waitMs: figure }),
  z.object({ reply: z.literal("refused"), retryInMs: figure }),
]);

/** A second, and what two requests may differ in on their way to Agora, who counts when they arrive. */
const windowMs = 1_050;

/**
 * How many of a kind may wait at the same time, as a share of a second's requests; at least one. When all of them are full
 * each kind gets its part of the sum, and whoever finds a place leaves within the sum and a window. A resource grows old
 * while its start waits, so starts have most.
 */
const waitingShare: Readonly<Record<RequestKind, number>> = { start: 0.5, acquire: 0.2, stop: 0.2, query: 0.2 };

/** Takes one request from an account's budget, which all processes share; never more than the limit in any second. */
export async function takeRequest(context: StoreContext, account: string, order: RequestOrder): Promise<RequestGrant> {
  const { kind, requestsPerSecond } = order;
  if (!(requestsPerSecond > 0) || !Number.isFinite(requestsPerSecond)) {
    throw new TypeError(`request budget of ${requestsPerSecond}/s for account ${account}: must be a number > 0`);
  }
  const limit = Math.max(1, Math.floor(requestsPerSecond));
  const windowUs = Math.ceil((windowMs * 1_000) / Math.min(1, requestsPerSecond));
  const places = Math.max(1, Math.floor(limit * waitingShare[kind]));
  const keys = context.keys.requests(account);
  const reply = await context.scripts.run(
    "take-request",
    { keys: [keys.sent, keys.sentOf(kind)], args: [limit, windowUs, places] },
    takeReply,
  );
  return reply.reply === "granted"
    ? { kind: "granted", waitMs: reply.waitMs }
    : { kind: "refused", retryInMs: reply.retryInMs };
}

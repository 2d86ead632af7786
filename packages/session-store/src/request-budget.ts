import { z } from "zod";
import { figure } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";

export interface RequestBudget {
  readonly requestsPerSecond: number;
  /** Requests that may go at once after a pause; a window of one second then sees at most burst + requestsPerSecond. */
  readonly burst: number;
  /** A longer wait is refused, and takes nothing from the budget. */
  readonly maxWaitMs: number;
}

export type RequestGrant =
  /** The request is counted; send it after `waitMs`. */
  { readonly kind: "granted"; readonly waitMs: number } | { readonly kind: "refused"; readonly retryInMs: number };

const takeReply = z.discriminatedUnion("reply", [
  z.object({ reply: z.literal("granted"), waitMs: figure }),
  z.object({ reply: z.literal("refused"), retryInMs: figure }),
]);

/** Takes one request from an account's budget, which all processes share. */
export async function takeRequest(
  context: StoreContext,
  account: string,
  budget: RequestBudget,
): Promise<RequestGrant> {
  const { requestsPerSecond, burst, maxWaitMs } = budget;
  if (!(requestsPerSecond > 0) || !(burst >= 1) || !(maxWaitMs >= 0)) {
    throw new TypeError(
      `request budget of ${requestsPerSecond}/s, burst ${burst}, wait ${maxWaitMs} ms: must be > 0, ≥ 1 and ≥ 0`,
    );
  }
  const reply = await context.scripts.run(
    "take-request",
    {
      keys: [context.keys.requests(account)],
      args: [Math.ceil(1_000_000 / requestsPerSecond), Math.floor(burst), Math.floor(maxWaitMs)],
    },
    takeReply,
  );
  return reply.reply === "granted"
    ? { kind: "granted", waitMs: reply.waitMs }
    : { kind: "refused", retryInMs: reply.retryInMs };
}

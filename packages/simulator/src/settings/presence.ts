import { z } from "zod";

/** The channel management API and the list of senders' addresses. @see E 4.1, E 1.5 */
export const presenceSettingsSchema = z.strictObject({
  lagMs: z.int().nonnegative().default(0).describe("Its answers are so old; fixed when the simulator starts."),
  queriesPerSecond: z
    .number()
    .positive()
    .default(20)
    .describe("Of each account for each of the queries; more are answered 429."),
  othersPerSecond: z.number().positive().default(10).describe("Of each account for each of the other calls."),
  audienceMax: z.int().positive().default(10_000).describe("Longest list of an audience."),
  ncsHosts: z
    .array(z.string().min(1))
    .min(1)
    .default(["127.0.0.1"])
    .describe("Addresses that /v2/ncs/ip names as the senders of webhooks."),
});

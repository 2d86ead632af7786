import { z } from "zod";

const calls = ["acquire", "start", "query", "update", "updateLayout", "stop", "other"] as const;

const scope = {
  match: z
    .strictObject({
      call: z.enum(calls).optional(),
      appId: z.string().optional(),
      channelName: z.string().optional(),
      uid: z.int().optional(),
      client: z.string().optional(),
    })
    .default({})
    .describe("Every given field must fit; uid and channel of a query are those of its resource."),
  count: z
    .union([z.int().positive(), z.literal("unlimited")])
    .default(1)
    .describe("Hits before it is spent."),
  probability: z.number().min(0).max(1).default(1),
  startsInMs: z.int().nonnegative().default(0),
  lastsMs: z.int().positive().optional().describe("Ends by itself so long after it began."),
};
/** `drop` resets the connection; `hang` keeps it open and silent until the caller gives up. */
const how = z.enum(["drop", "hang"]).default("drop");

/** An order to disturb calls. */
export const faultOrderSchema = z.discriminatedUnion("fault", [
  z.strictObject({ ...scope, fault: z.literal("lose-request"), how }),
  z.strictObject({
    ...scope,
    fault: z.literal("lose-answer"),
    how,
    effectDelayMs: z.int().nonnegative().default(0).describe("The call takes effect so long after the caller lost it."),
  }),
  z.strictObject({
    ...scope,
    fault: z.literal("delay"),
    delayMs: z.int().positive(),
    when: z.enum(["beforeEffect", "afterEffect"]).default("afterEffect"),
  }),
  z.strictObject({
    ...scope,
    fault: z.literal("answer"),
    status: z.int().min(200).max(599),
    body: z
      .union([z.record(z.string(), z.unknown()), z.string()])
      .default({})
      .describe("A string is sent as it is, so it need not be JSON."),
    applied: z.boolean().default(false).describe("The call takes effect all the same."),
  }),
]);

export type FaultOrder = z.infer<typeof faultOrderSchema>;
export type FaultOrderInput = z.input<typeof faultOrderSchema>;

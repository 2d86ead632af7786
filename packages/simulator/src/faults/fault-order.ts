import { z } from "zod";

const calls = ["acquire", "start", "query", "update", "updateLayout", "stop", "other"] as const;
const call = z.enum(calls);

/** What happens to a recording; `harmRecording` does it. */
export const harms = [
  "kill",
  "kill-silently",
  "migrate",
  "silence",
  "uid-clash",
  "backup-upload",
  "failed-upload",
  "token",
  "tokenExpired",
  "transcoding",
  "storage",
] as const;
export type Harm = (typeof harms)[number];

const matchSchema = z.strictObject({
  call: z
    .union([call, z.array(call).min(1)])
    .optional()
    .describe("One call, or any of several."),
  appId: z.string().optional(),
  channelName: z.string().optional().describe("`*` stands for any run of characters."),
  uid: z.int().optional(),
  client: z.string().optional().describe("The User-Agent; of autorec's, what follows its version."),
  recordingsMin: z.int().nonnegative().optional().describe("Only while the App ID has at least so many recordings."),
});

/** Which calls a fault hits, how often and when. */
export const faultScope = {
  match: matchSchema
    .default({})
    .describe("Every given field must fit; uid and channel of a query are those of its resource."),
  count: z
    .union([z.int().positive(), z.literal("unlimited")])
    .default(1)
    .describe("Hits before it is spent."),
  probability: z.number().min(0).max(1).default(1).describe("Share of the fitting calls that are hit."),
  seed: z.int().nonnegative().optional().describe("Makes the choice by probability repeat, whatever else goes on."),
  startsInMs: z.int().nonnegative().default(0).describe("Begins so long after it was ordered."),
  lastsMs: z.int().positive().optional().describe("Ends by itself so long after it began."),
};
const how = z
  .enum(["drop", "hang"])
  .default("drop")
  .describe("`drop` breaks the connection; `hang` keeps it open and silent until the caller gives up.");

/** What each kind of fault is told, beside its scope. */
const faultKinds = {
  "lose-request": z.strictObject({ ...faultScope, fault: z.literal("lose-request"), how }),
  "lose-answer": z.strictObject({
    ...faultScope,
    fault: z.literal("lose-answer"),
    how,
    effectDelayMs: z.int().nonnegative().default(0).describe("The call takes effect so long after the caller lost it."),
  }),
  delay: z.strictObject({
    ...faultScope,
    fault: z.literal("delay"),
    delayMs: z.int().positive(),
    when: z.enum(["beforeEffect", "afterEffect"]).default("afterEffect"),
  }),
  answer: z.strictObject({
    ...faultScope,
    fault: z.literal("answer"),
    status: z.int().min(200).max(599),
    body: z
      .union([z.record(z.string(), z.unknown()), z.string()])
      .default({})
      .describe("A string is sent as it is, so it need not be JSON."),
    applied: z.boolean().default(false).describe("The call takes effect all the same."),
  }),
  harm: z.strictObject({
    ...faultScope,
    fault: z.literal("harm"),
    harm: z.enum(harms).describe("What happens to the recording that a fitting start begins."),
    afterMs: z.int().nonnegative().default(0).describe("So long after its start."),
    windowMs: z.int().positive().optional().describe("Of `migrate`: length of the 404 window."),
  }),
} as const;

export const faultKindNames = ["lose-request", "lose-answer", "delay", "answer", "harm"] as const;

/** An order to disturb calls, or the recordings that they start. */
export const faultOrderSchema = z.discriminatedUnion("fault", [
  faultKinds["lose-request"],
  faultKinds["lose-answer"],
  faultKinds.delay,
  faultKinds.answer,
  faultKinds.harm,
]);

export type FaultOrder = z.infer<typeof faultOrderSchema>;
export type FaultOrderInput = z.input<typeof faultOrderSchema>;
export type HarmOrder = Extract<FaultOrder, { fault: "harm" }>;
/** What disturbs the call itself. */
export type CallFaultOrder = Exclude<FaultOrder, HarmOrder>;

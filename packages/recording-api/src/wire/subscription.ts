import { z } from "zod";
import { uidTextSchema } from "./scalars.ts";

/** Stands for everybody in a list of uids to record. */
const everybody = "#allstream#";

const listExpectation = `1 to 32 uids in quotes, or ["${everybody}"]`;

/** Uids to leave out: 1 to 32. @see R 3.6 */
const uidListSchema = z
  .array(uidTextSchema, { error: listExpectation })
  .min(1, { error: listExpectation })
  .max(32, { error: listExpectation })
  .meta({ expects: listExpectation });

/** Uids to record: 1 to 32, or everybody. @see R 3.6 */
const subscriptionSchema = z
  .array(z.union([z.literal(everybody), uidTextSchema], { error: listExpectation }), { error: listExpectation })
  .min(1, { error: listExpectation })
  .max(32, { error: listExpectation })
  .refine((uids) => uids.length === 1 || !uids.includes(everybody), { error: listExpectation })
  .meta({ expects: listExpectation });

/** The four lists of start; update knows them in the same spelling, with a capital S. @see R 3.6 */
export const subscriptionShape = {
  subscribeAudioUids: subscriptionSchema
    .optional()
    .describe(
      'Whose audio to record: 1 to 32 uids in quotes, or ["#allstream#"] for everybody. Default: everybody, but nobody when only video lists are given. Not with streamTypes 1.',
    ),
  unSubscribeAudioUids: uidListSchema
    .optional()
    .describe(
      "Whose audio to leave out: 1 to 32 uids in quotes. Not beside subscribeAudioUids, not with streamTypes 1.",
    ),
  subscribeVideoUids: subscriptionSchema
    .optional()
    .describe(
      'Whose video to record: 1 to 32 uids in quotes, or ["#allstream#"] for everybody. Default: everybody, but nobody when only audio lists are given. Not with streamTypes 0.',
    ),
  unSubscribeVideoUids: uidListSchema
    .optional()
    .describe(
      "Whose video to leave out: 1 to 32 uids in quotes. Not beside subscribeVideoUids, not with streamTypes 0.",
    ),
};

/** What the rules about the lists look at. */
export interface Subscription {
  readonly subscribeAudioUids?: readonly string[] | undefined;
  readonly unSubscribeAudioUids?: readonly string[] | undefined;
  readonly subscribeVideoUids?: readonly string[] | undefined;
  readonly unSubscribeVideoUids?: readonly string[] | undefined;
}

/** Per medium a white list or a black list, never both. @see R 3.6 */
export function checkSubscription(lists: Subscription, context: z.RefinementCtx): void {
  for (const medium of ["Audio", "Video"] as const) {
    if (lists[`subscribe${medium}Uids`] === undefined || lists[`unSubscribe${medium}Uids`] === undefined) continue;
    context.addIssue({
      code: "custom",
      path: [`unSubscribe${medium}Uids`],
      message: `no second list of the same medium beside subscribe${medium}Uids`,
    });
  }
}

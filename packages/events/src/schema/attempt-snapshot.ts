import { z } from "zod";
import { attemptStates, slotNames } from "../lifecycle-event.ts";

/**
 * One value of `recording.snapshots`: an attempt as it stood at revision `rev`, of which the greatest wins.
 * The fields that identify an attempt are checked; the rest of the stored attempt passes as it is.
 */
export const attemptSnapshotSchema = z.strictObject({
  schemaVersion: z.literal(1),
  rev: z.string().regex(/^\d{1,20}$/),
  attempt: z.looseObject({
    n: z.number().int().positive(),
    slot: z.enum(slotNames),
    session: z.string(),
    k: z.number().int().nonnegative(),
    uid: z.number().int().positive(),
    mode: z.enum(["individual", "mix", "web"]),
    ruleHash: z.string(),
    st: z.enum(attemptStates).exclude(["CLAIMED"]),
    resourceId: z.string().exactOptional(),
    sid: z.string().exactOptional(),
  }),
});
/** What `attemptSnapshotSchema` accepts. */
export type AttemptSnapshot = z.infer<typeof attemptSnapshotSchema>;

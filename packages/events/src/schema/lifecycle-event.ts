import { z } from "zod";
import { attemptStates, lifecycleTypes, slotNames } from "../lifecycle-event.ts";
import type { LifecycleEvent } from "../lifecycle-event.ts";

const stateSchema = z.enum(attemptStates);

/** One message of `recording.lifecycle`, strict: this version of the code wrote it or must not guess. */
export const lifecycleEventSchema: z.ZodType<LifecycleEvent> = z.strictObject({
  schemaVersion: z.literal(1),
  eventId: z.string().min(1),
  type: z.enum(lifecycleTypes),
  atMs: z.number().int().nonnegative(),
  appId: z.string().min(1),
  channelName: z.string().min(1),
  sessionId: z.string(),
  slot: z.enum(slotNames).exactOptional(),
  attempt: z.number().int().positive().exactOptional(),
  recorderUid: z.number().int().positive().exactOptional(),
  sid: z.string().exactOptional(),
  resourceId: z.string().exactOptional(),
  state: stateSchema.exactOptional(),
  previousState: stateSchema.exactOptional(),
  cause: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});

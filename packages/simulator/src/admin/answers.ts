import { z } from "zod";

const recorder = z.object({ channelName: z.string(), uid: z.number(), sid: z.string() });

/** What is true in the simulator now. */
export const stateAnswer = z.object({
  nowMs: z.number(),
  historyLines: z.number(),
  pendingEvents: z.number().describe("Channel events that are held, delayed or not yet acknowledged by Kafka."),
  armedFaults: z.number(),
  channels: z.array(
    z.object({
      appId: z.string(),
      channelName: z.string(),
      participants: z.array(z.object({ uid: z.number(), role: z.enum(["host", "audience"]), joinedAtMs: z.number() })),
      recorders: z.array(
        recorder.omit({ channelName: true }).extend({
          resourceId: z.string(),
          mode: z.string(),
          phase: z.enum(["refused", "live", "migrating", "ending", "gone"]),
          status: z.union([z.number(), z.literal("notFound")]).describe("What query would show."),
          migrationCount: z.number(),
          startedAtMs: z.number(),
        }),
      ),
    }),
  ),
});

export const joinAnswer = z.object({ result: z.enum(["joined", "already_there"]) });
export const leaveAnswer = z.object({ result: z.enum(["left", "replaced", "not_there"]) });
export const roleAnswer = z.object({ result: z.enum(["changed", "same", "not_there"]) });
/** Without `recorder`: none is live there, nothing happened. */
export const hitAnswer = z.object({ recorder: recorder.optional().describe("Absent: none is live there.") });
export const migrationAnswer = z.object({
  recorder: recorder
    .extend({ windowMs: z.number(), result: z.enum(["migrating", "ended"]) })
    .optional()
    .describe("Absent: none is live there."),
});
export const faultAnswer = z.object({ faultId: z.string() });
export const faultsAnswer = z.object({
  faults: z.array(z.object({ faultId: z.string(), hits: z.number(), order: z.looseObject({ fault: z.string() }) })),
});
export const presetsAnswer = z.object({
  presets: z.array(z.object({ preset: z.string(), does: z.string(), order: z.looseObject({ fault: z.string() }) })),
});
export const clearedAnswer = z.object({ cleared: z.number() });
export const nothingAnswer = z.object({});
export const settingsAnswer = z.looseObject({}).describe("All settings but the secrets.");
export const healthAnswer = z.object({ ok: z.literal(true) });
export const openApiAnswer = z.looseObject({ openapi: z.string() });
export const errorAnswer = z.object({
  error: z.string().describe("What is wrong, with which value, and what was expected."),
});

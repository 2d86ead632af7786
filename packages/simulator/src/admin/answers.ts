import { z } from "zod";

const recorder = z.object({ channelName: z.string(), uid: z.number(), sid: z.string() });

/** What is true in the simulator now. */
export const stateAnswer = z.object({
  nowMs: z.number(),
  historyLines: z.number(),
  pendingEvents: z.number().describe("Channel events that are held, delayed or not yet acknowledged by Kafka."),
  pendingNotifications: z.number().describe("Notifications that were neither taken nor given up."),
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
export const hitAnswer = z.object({ recorder });
export const migrationAnswer = z.object({
  recorder: recorder.extend({ windowMs: z.number(), result: z.enum(["migrating", "ended"]) }),
});
export const faultAnswer = z.object({ faultId: z.string() });
export const faultsAnswer = z.object({
  faults: z.array(z.object({ faultId: z.string(), hits: z.number(), order: z.looseObject({ fault: z.string() }) })),
});
export const presetsAnswer = z.object({
  presets: z.array(z.object({ preset: z.string(), does: z.string(), order: z.looseObject({ fault: z.string() }) })),
});
export const scenarioAnswer = z.object({
  scenarioId: z.string(),
  name: z.string(),
  seed: z.number(),
  steps: z.number().describe("Repetitions counted one by one."),
  lengthMs: z.number().describe("When the last step is due, from now."),
});
export const scenariosAnswer = z.object({
  scenarios: z.array(
    scenarioAnswer.extend({
      phase: z.enum(["playing", "ended", "stopped"]),
      done: z.number(),
      failures: z.array(z.string()).describe("Steps that could not be done, and why; the first 20."),
    }),
  ),
});
export const stoppedAnswer = z.object({ stopped: z.number() });
export const webhooksAnswer = z.object({
  webhooks: z.array(
    z.object({
      receiver: z.number().describe("Place in the settings."),
      productId: z.number(),
      events: z.array(
        z.object({
          eventType: z.number(),
          code: z.literal([200, 590, 591, 592]).describe("590: no 200 with JSON in time; 591: name; 592: certificate."),
        }),
      ),
    }),
  ),
});
export const clearedAnswer = z.object({ cleared: z.number() });
export const nothingAnswer = z.object({});
export const settingsAnswer = z.looseObject({}).describe("All settings but the secrets.");
export const healthAnswer = z.object({ ok: z.literal(true) });
export const openApiAnswer = z.looseObject({ openapi: z.string() });
export const errorAnswer = z.object({
  error: z.string().describe("What is wrong, with which value, and what was expected."),
});

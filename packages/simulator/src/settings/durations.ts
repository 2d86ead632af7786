import { z } from "zod";

const ms = z.number().int().nonnegative();
const rangeMs = z
  .strictObject({ min: ms, max: ms })
  .refine((range) => range.min <= range.max, { error: "expected min <= max" });

/** Every length of time that the simulator knows, in ms. */
export const simulatorDurationsSchema = z.strictObject({
  resourceLifeMs: ms.describe("A resourceId can be started for so long after its acquire."),
  statusWalkMs: z.tuple([ms, ms, ms, ms]).describe("Time after start at which query shows status 1, 2, 3 and 4."),
  firstSliceMs: ms.describe("Media that must have been recorded before query shows status 5."),
  exitWindowMs: ms.describe(
    "After an orderly end (stop, idle) stop answers 400/49 and query 6 to 8 for so long, then 404.",
  ),
  syncStopUploadMs: ms.describe("A synchronous stop answers after this upload time."),
  syncStopLimitMs: ms.describe("A synchronous stop whose upload takes longer answers 206 after this time."),
  unconfirmedDeathMs: ms.describe(
    "A start that Agora accepts but cannot serve (token, storage, uid clash) dies after this time.",
  ),
  migrationMs: rangeMs.describe("Length of the 404 window of a migration, unless the order names one."),
  killedLeaveMs: ms.describe(
    "The leave event of a recorder that was killed, not silently, is published so much later.",
  ),
  answerMs: rangeMs.describe("Time between a request and its answer; the effect is at the request."),
  rtmpConnectMs: ms.describe("A push of mode web is connecting for so long before it is publishing."),
  forgetMs: ms.describe(
    "A recording that is gone and a resourceId that can no longer be started are kept so long; then a start answers as for an expired resourceId, everything else 404.",
  ),
  webhookLimitMs: ms.describe("A receiver of a webhook must have answered after this time."),
  webhookRetriesMs: z
    .tuple([ms, ms, ms])
    .describe("So long after a failed attempt a notification is sent for the second, third and fourth time."),
  uploadProgressMs: ms.describe("Event 33 tells the progress of uploads so often."),
  rejoinHoldMs: ms.describe("How long a leave that may be dropped (rejoinExpected) is held back for the rejoin."),
});

export type SimulatorDurations = z.infer<typeof simulatorDurationsSchema>;

/** Agora's figures where it names any, assumptions elsewhere (agora.md, appendix B). */
export const realSimulatorDurations: SimulatorDurations = {
  resourceLifeMs: 300_000,
  statusWalkMs: [1_000, 2_000, 3_000, 5_000],
  firstSliceMs: 15_000,
  exitWindowMs: 10_000,
  syncStopUploadMs: 5_000,
  syncStopLimitMs: 20_000,
  unconfirmedDeathMs: 8_000,
  migrationMs: { min: 30_000, max: 90_000 },
  killedLeaveMs: 10_000,
  answerMs: { min: 30, max: 120 },
  rtmpConnectMs: 2_000,
  forgetMs: 600_000,
  webhookLimitMs: 10_000,
  webhookRetriesMs: [0, 5_000, 20_000],
  uploadProgressMs: 60_000,
  rejoinHoldMs: 30_000,
};

/** The same for demos and e2e: fits the `fast` profile of autorec (resource life 15 s, migrations up to 4 s). */
export const fastSimulatorDurations: SimulatorDurations = {
  resourceLifeMs: 15_000,
  statusWalkMs: [50, 100, 200, 400],
  firstSliceMs: 1_000,
  exitWindowMs: 600,
  syncStopUploadMs: 300,
  syncStopLimitMs: 2_000,
  unconfirmedDeathMs: 700,
  migrationMs: { min: 1_000, max: 4_000 },
  killedLeaveMs: 0,
  answerMs: { min: 5, max: 20 },
  rtmpConnectMs: 200,
  forgetMs: 600_000,
  webhookLimitMs: 1_000,
  webhookRetriesMs: [0, 200, 800],
  uploadProgressMs: 2_000,
  rejoinHoldMs: 3_000,
};

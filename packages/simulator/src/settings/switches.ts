import { z } from "zod";

/** What no source confirms about Agora: each can be set both ways, and autorec must live with both. */
export const simulatorSwitchesSchema = z.strictObject({
  alreadyStartedHasSid: z.boolean().default(false).describe("201/7 carries the sid of the running recording."),
  expiredResourceCode: z
    .union([z.literal(433), z.literal(2)])
    .default(433)
    .describe("Code of a start on an expired resourceId."),
  mismatchCode: z
    .union([z.literal(432), z.literal(2)])
    .default(432)
    .describe("Code when cname or uid differ from the acquire."),
  expiredControlAnswer: z
    .enum(["notFound", "expired"])
    .default("notFound")
    .describe("Control calls after resourceExpiredHour: 404/404 or 400/433."),
  unknownModeAnswer: z
    .enum(["refused", "noRoute"])
    .default("refused")
    .describe("A mode that does not exist: 400/2 or the gateway's 404."),
  syncStopLimitCode: z
    .union([z.literal(65), z.literal(50)])
    .default(65)
    .describe("Code of the 206 when a synchronous stop takes too long."),
  checkStartParameter: z
    .boolean()
    .default(true)
    .describe("A start that differs from the acquire's startParameter is refused with 400/2."),
  requireUidGroup: z
    .boolean()
    .default(false)
    .describe("Individual mode without subscribeUidGroup is refused with 400/2."),
  controlUidAfterMigration: z
    .enum(["original", "new", "both"])
    .default("original")
    .describe("The uid that update and stop must carry after a migration."),
  queryShowsNewUid: z.boolean().default(false).describe("After a migration query echoes the new uid."),
  statusAfterMigration: z
    .enum(["kept", "walksAgain"])
    .default("kept")
    .describe("A migrated recorder goes on with its status, or walks from 0 again."),
  workersCheckedAt: z
    .enum(["acquire", "start", "both"])
    .default("acquire")
    .describe("Which call is refused with 400/406 when all workers are taken."),
  secondRateRule: z
    .boolean()
    .default(false)
    .describe("More requests per second than 10 % of the workers are answered 400 without a code."),
  uidClash: z
    .enum(["recorderFails", "ignored"])
    .default("recorderFails")
    .describe("A recorder with the uid of somebody in the channel dies, or nothing happens."),
  tokenExpiryEnds: z.boolean().default(true).describe("The end of the token ends the recording."),
  omitEchoedIds: z.boolean().default(false).describe("Success bodies leave out cname and uid, as older servers do."),
  participantEvents: z
    .enum(["live", "communication"])
    .default("live")
    .describe("Participants are announced as 103 to 106, or as 107/108."),
  recorderEvents: z
    .enum(["live", "communication"])
    .default("live")
    .describe("Recorders are announced as 103/104 with clientType 10, or as 107/108 without clientType."),
  migrationJoinClientType: z
    .boolean()
    .default(true)
    .describe("The join of a migrated recorder says clientType 10; otherwise its random uid looks like a person."),
  mergedPlaylistWord: z
    .enum(["av", "audio_and_video"])
    .default("av")
    .describe("Ends the name of the merged playlist of individual mode `standard`."),
  fileNameReplacement: z
    .boolean()
    .default(true)
    .describe("Special characters of the channel name become `-` in file names; otherwise they stay."),
  webSliceTime: z
    .enum(["epochMs", "utc"])
    .default("epochMs")
    .describe("Time in the names of web slices: milliseconds since 1970, or 17 digits as in the other modes."),
  channelEvents: z.boolean().default(true).describe("101 and 102 are published."),
});

export type SimulatorSwitches = z.infer<typeof simulatorSwitchesSchema>;

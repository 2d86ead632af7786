import { z } from "zod";
import { eventSwitches } from "./event-switches.ts";
import { tokenSwitches } from "./token-switches.ts";

/**
 * What no source confirms about Agora, or what its servers were seen to do in two ways: each can be set both ways, and
 * autorec must live with both.
 */
export const simulatorSwitchesSchema = z.strictObject({
  retryAfterHeader: z.boolean().default(false).describe("429 carries a Retry-After header, in seconds."),
  rateLimitHeaders: z
    .boolean()
    .default(false)
    .describe("429 carries the headers of a Kong gateway: X-RateLimit-Limit-Second and the like."),
  rateLimitPer: z
    .enum(["account", "app"])
    .default("account")
    .describe("Whether requestsPerSecond holds for an account or for each of its App IDs."),
  contentTypeCheck: z
    .enum(["jsonOrAbsent", "none"])
    .default("jsonOrAbsent")
    .describe("A body of another type than application/json is refused with malformedCode, or read all the same."),
  malformedCode: z
    .union([z.literal(2), z.literal(8)])
    .default(2)
    .describe("Code of a request whose body is no JSON or has another content type; older servers say 8."),
  errorBodies: z
    .enum(["current", "older"])
    .default("current")
    .describe("Errors of control calls have code and reason, or ids and a serverResponse without a reason."),
  regionSegment: z
    .enum(["us", "na", "both", "none"])
    .default("both")
    .describe("Word for North America in paths that begin with a region (/cn, /eu, /ap); none: no such paths."),
  regionalHosts: z
    .enum(["served", "noRoute"])
    .default("served")
    .describe("A host such as api-eu-west-1.agora.io serves recording, or answers the gateway's 404."),
  tls13: z
    .boolean()
    .default(true)
    .describe("HTTPS speaks TLS 1.3 too, which Agora does not list; otherwise 1.2 at most. Fixed at the start."),
  channelNameBytesMax: z
    .union([z.literal(64), z.literal(63)])
    .default(64)
    .describe("Length of a channel's name; the sources say at most 64 bytes and shorter than 64."),
  webChannelNameBytesMax: z
    .union([z.literal(128), z.literal(1024)])
    .default(128)
    .describe("Length of cname in scene 1; the sources say 128 and 1024."),
  sceneTwo: z
    .enum(["accepted", "refused"])
    .default("accepted")
    .describe("Scene 2 (postponed transcoding, removed from the documentation) in acquire."),
  sceneCheck: z
    .enum(["refused", "ignored"])
    .default("refused")
    .describe("A mode web without scene 1, or another mode with it: start is refused with 400/2, or works."),
  legacyVendors: z
    .boolean()
    .default(false)
    .describe("Storage vendors 0 (Qiniu) and 4 (Kingsoft) are accepted; otherwise refused with 400/2."),
  legacyPostponed: z
    .enum(["ignored", "refused"])
    .default("ignored")
    .describe("appsCollection and transcodeOptions in start, as they were documented until 2025."),
  lowerCaseUnsubscribe: z
    .enum(["ignored", "accepted"])
    .default("ignored")
    .describe("unsubscribeAudioUids and unsubscribeVideoUids, a spelling of some documents."),
  emptyTexts: z
    .enum(["absent", "refused"])
    .default("absent")
    .describe('"" in clientRequest counts as left out, as some clients send it for what nobody set; or 400/2.'),
  needlessFields: z
    .enum(["ignored", "refused"])
    .default("ignored")
    .describe("streamMode in mode mix, maxResolutionUid without layout 2: without effect, or 400/2."),
  unreasonableTranscoding: z
    .enum(["dies", "refused"])
    .default("dies")
    .describe("A transcodingConfig out of range: start answers 200 and the recording dies, or 400/2."),
  bitrateOverMax: z
    .enum(["refused", "clamped", "dies"])
    .default("refused")
    .describe("A mixed bitrate above 6500: 400/2, lowered, or accepted by start and dead soon."),
  captureIntervalMinS: z
    .union([z.literal(5), z.literal(1)])
    .default(5)
    .describe("Shortest captureInterval of snapshots; the sources say 5 and 1."),
  uidGroupLimits: z
    .boolean()
    .default(true)
    .describe("Individual mode records at most as many uids as subscribeUidGroup says; otherwise 17."),
  ...tokenSwitches,
  badStartCode: z
    .union([z.literal(2), z.literal(432)])
    .default(2)
    .describe("Code of a start whose parameters are wrong, or do not go together; older lists of codes have 432 too."),
  startParameterCode: z
    .union([z.literal(2), z.literal(432)])
    .default(2)
    .describe("Code of a start that differs from the acquire's startParameter."),
  unknownResourceCode: z
    .union([z.literal(1001), z.literal(2)])
    .default(1001)
    .describe("Code of a resourceId that Agora never gave out."),
  foreignResourceCode: z
    .union([z.literal(1003), z.literal(2)])
    .default(1003)
    .describe("Code of an App ID or sid that does not belong to the resourceId."),
  layoutOutsideMix: z
    .enum(["refused", "noRoute"])
    .default("refused")
    .describe("updateLayout in another mode than mix: 400 with badLayoutCode, or the gateway's 404."),
  badLayoutCode: z
    .union([z.literal(2), z.literal(1028)])
    .default(2)
    .describe("Code of an updateLayout whose parameters are wrong."),
  updateCombined: z
    .enum(["accepted", "refused"])
    .default("accepted")
    .describe("An update that changes several things at once works, or is refused with 400/2."),
  updateServerResponse: z
    .boolean()
    .default(false)
    .describe("update and updateLayout answer an empty serverResponse beside the ids, as old bodies did."),
  updateOtherMedium: z
    .enum(["kept", "dropped"])
    .default("kept")
    .describe(
      "An update with a list for one medium keeps the lists of the other, or stops recording it as start does.",
    ),
  emptyFileList: z
    .enum(["empty", "absent"])
    .default("empty")
    .describe("Before the first slice fileList is empty, or fileList and fileListMode are missing."),
  mixSliceStartTime: z
    .boolean()
    .default(true)
    .describe("Mode mix shows sliceStartTime beside the fileList, not only individual mode."),
  fileNameKey: z
    .enum(["fileName", "filename"])
    .default("fileName")
    .describe("Key of a file's name in modes individual and mix; in mode web it always is filename."),
  webPayloadKey: z
    .enum(["payload", "playload"])
    .default("payload")
    .describe("Key of the payload in the extensionServiceState of a web stop."),
  webFileList: z.enum(["listed", "empty"]).default("listed").describe("A web query lists its files, or [] for ever."),
  asyncStopResponse: z
    .enum(["absent", "unknown"])
    .default("absent")
    .describe("An asynchronous stop has no serverResponse, or one whose uploadingStatus is unknownSpelling."),
  unknownSpelling: z
    .enum(["unknown", "unknow"])
    .default("unknown")
    .describe("uploadingStatus of an upload that failed, or is not known."),
  abnormalExitStatus: z
    .enum(["notFound", "shown"])
    .default("notFound")
    .describe("A recording that failed is 404 at once, or shows status 20 for the exit window."),
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
  acquireTakesWorker: z
    .boolean()
    .default(false)
    .describe("An acquire takes a worker until its resourceId can no longer be started; otherwise only a start does."),
  secondRateRule: z
    .boolean()
    .default(false)
    .describe("More requests per second than 10 % of the workers are answered 400."),
  secondRateBody: z
    .enum(["message", "code"])
    .default("message")
    .describe("That 400 is the gateway's, without a code, or the service's with code 406."),
  uidClash: z
    .enum(["recorderFails", "ignored"])
    .default("recorderFails")
    .describe("A recorder with the uid of somebody in the channel dies, or nothing happens."),
  omitEchoedIds: z.boolean().default(false).describe("Success bodies leave out cname and uid, as older servers do."),
  participantEvents: z
    .enum(["live", "communication"])
    .default("live")
    .describe("Participants are announced as 103 to 106, or as 107/108."),
  recorderEvents: z
    .enum(["live", "audience", "communication", "communicationTyped"])
    .default("live")
    .describe(
      "Recorders are announced as 103/104, 105/106 or 107/108, all with clientType 10 but those of `communication`.",
    ),
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
  ...eventSwitches,
});

export type SimulatorSwitches = z.infer<typeof simulatorSwitchesSchema>;

import { z } from "zod";

/** Switches of notifications and of the presence that the channel management API shows; part of `simulatorSwitchesSchema`. */
export const eventSwitches = {
  httpsOnly: z
    .boolean()
    .default(false)
    .describe("Webhooks need https addresses, as Agora's do; plain http is an error in the settings then."),
  envelopeSid: z
    .boolean()
    .default(false)
    .describe("Notifications carry a sid beside the payload: of the recording, or of the channel's session."),
  envelopeEventMs: z
    .boolean()
    .default(false)
    .describe("Notifications carry eventMs beside notifyMs, as in old samples."),
  recordingSequence: z
    .enum(["perSid", "perServiceType"])
    .default("perSid")
    .describe("What sequence counts: all events of a sid, or those of each serviceType."),
  serviceScene: z
    .boolean()
    .default(false)
    .describe("Recording events name their serviceScene, as the Chinese documents say."),
  statusAsText: z
    .boolean()
    .default(false)
    .describe("status of events 30, 31, 32 and 40 is the text 0 instead of the number."),
  haRegisteredEvent: z
    .boolean()
    .default(false)
    .describe("Event 13 follows every start; only the best practices name it, its payload is a guess."),
  individualModeNumber: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("recordingMode of individual mode in event 3; mode mix has the other number."),
  webFilesEvent: z
    .enum(["listed", "absent"])
    .default("listed")
    .describe("Events 31 and 32 of mode web list the files, or have no fileList."),
  recordingTestEvents: z
    .enum(["unknownIds", "emptyPayload"])
    .default("unknownIds")
    .describe(
      "Test events of product 3 name the channel test_webhook and a recording that nobody knows, or have an empty payload.",
    ),
  clientSeqOrigin: z
    .enum(["server", "device"])
    .default("server")
    .describe(
      "clientSeq grows with every event of a uid, or is the time of the device that it came with, up to 10 min wrong.",
    ),
  webStoppedFileKey: z.enum(["filename", "fileName"]).default("filename").describe("Key of a file's name in event 71."),
  recorderListedAs: z
    .enum(["broadcaster", "audience", "hidden"])
    .default("broadcaster")
    .describe(
      "How channel management shows a recorder: as a host, in the audience, or not at all, also in its counts.",
    ),
  listedMode: z
    .enum(["byProfile", "alwaysLive"])
    .default("byProfile")
    .describe("User lists have the mode of participantEvents, or 2 (live) even in the communication profile."),
  kickWithoutUid: z
    .enum(["removesAll", "removesNobody"])
    .default("removesAll")
    .describe(
      "A kicking rule of no length with a channel and no uid removes everybody, or succeeds with id 0 in vain.",
    ),
  ncsIpVersion: z
    .enum(["v1", "v2", "both"])
    .default("both")
    .describe("Which of the paths /v1/ncs/ip and /v2/ncs/ip exist."),
} as const;

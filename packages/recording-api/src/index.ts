export type {
  AcquireAnswer,
  CallReason,
  ExtensionState,
  QueryAnswer,
  RecordedFile,
  RecordingReport,
  StartAnswer,
  StopAnswer,
  UpdateAnswer,
} from "@autorec/events";
export type { AgoraArea, AgoraHosts } from "./agora-hosts.ts";
export { agoraHosts } from "./agora-hosts.ts";
export type { CallName } from "./answer-facts.ts";
export type { ConfigProblem } from "./api-config-error.ts";
export { ApiConfigError } from "./api-config-error.ts";
export { checkAppCredentials } from "./app-credentials.ts";
export type { StartClientRequestParts } from "./build-start-client-request.ts";
export { buildStartClientRequest } from "./build-start-client-request.ts";
export type { StorageUpdate } from "./build-storage-update.ts";
export { buildStorageUpdate } from "./build-storage-update.ts";
export type { CallReport } from "./call-report.ts";
export type {
  ChannelListAnswer,
  ChannelUsersAnswer,
  KickAnswer,
  UserStatusAnswer,
} from "./channel-management/channel-answers.ts";
export type { ChannelClient, ChannelClientOptions, KickOrder } from "./channel-management/channel-client.ts";
export { createChannelClient } from "./channel-management/channel-client.ts";
export type { CallClock, CircuitOptions, HostOptions, RecordingClientOptions } from "./client-options.ts";
export type { AcquireOrder, QueryOrder, StartOrder, StopOrder, UpdateLayoutOrder, UpdateOrder } from "./orders.ts";
export type { RecorderTokenParts, UnreadableToken } from "./parse-recorder-token.ts";
/** @public Nothing here reads tokens; it is for whoever asks why a recorder was not let in. */
export { parseRecorderToken } from "./parse-recorder-token.ts";
export type { TokenOrder } from "./recorder-token.ts";
export { recorderToken } from "./recorder-token.ts";
export type { CallOptions, RecordingClient, StartOptions } from "./recording-client.ts";
export { createRecordingClient } from "./recording-client.ts";
export type { RetryingClientOptions } from "./retrying-client.ts";
export { createRetryingClient } from "./retrying-client.ts";
export type { StartClientRequest } from "./wire/start-client-request.ts";
export type { UpdateClientRequest, UpdateLayoutClientRequest } from "./wire/update-client-request.ts";
export { channelOfSegment, channelSegment } from "./wire/channel-segment.ts";
export type { NotificationHeaders, NotificationVerdict } from "./wire/notification-signature.ts";
export { verifyNotification } from "./wire/notification-signature.ts";
export type { PresetName } from "./wire/presets.ts";
export { recordingPresets } from "./wire/presets.ts";
export { startRequestTemplate } from "./start-request-template.ts";

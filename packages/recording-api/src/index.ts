export { ApiConfigError } from "./api-config-error.ts";
export { checkAppCredentials } from "./app-credentials.ts";
export { buildStartClientRequest } from "./build-start-client-request.ts";
export { recorderToken } from "./recorder-token.ts";
export type { RecordingClient } from "./recording-client.ts";
export { createRecordingClient } from "./recording-client.ts";
export type { StartClientRequest } from "./wire/start-client-request.ts";
export type { UpdateClientRequest, UpdateLayoutClientRequest } from "./wire/update-client-request.ts";

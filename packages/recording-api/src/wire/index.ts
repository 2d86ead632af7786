export type {
  AcquireAnswerBody,
  ErrorAnswerBody,
  QueryAnswerBody,
  RecordedFile,
  StartAnswerBody,
  StopAnswerBody,
} from "./answers.ts";
export { answerBodySchema } from "./answers.ts";
export type { RecordingMode } from "./recording-mode.ts";
export { recordingModes } from "./recording-mode.ts";
export type { AcquireRequestBody, StartRequestBody, StopRequestBody } from "./requests.ts";
export { acquireRequestSchema, startRequestSchemas, stopRequestSchema } from "./requests.ts";
export { channelNameSchema, uidSchema, uidTextSchema } from "./scalars.ts";
export type {
  IndividualStartClientRequest,
  MixStartClientRequest,
  StartClientRequest,
} from "./start-client-request.ts";
export {
  individualStartClientRequestSchema,
  mixStartClientRequestSchema,
  startClientRequestWireSchemas,
} from "./start-client-request.ts";
export type { StorageVendor } from "./storage-config.ts";
export { storageVendors } from "./storage-config.ts";

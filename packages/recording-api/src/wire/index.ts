export { recordingModes } from "./recording-mode.ts";
export type { RecordingMode } from "./recording-mode.ts";
export {
  acquireRequestSchema,
  startRequestSchemas,
  stopRequestSchema,
  updateLayoutRequestSchema,
  updateRequestSchemas,
} from "./requests.ts";
export type { NotificationHeaders, NotificationSignatures, NotificationVerdict } from "./notification-signature.ts";
export { signNotification, verifyNotification } from "./notification-signature.ts";

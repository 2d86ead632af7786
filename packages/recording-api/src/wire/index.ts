export { recordingModes } from "./recording-mode.ts";
export type { RecordingMode } from "./recording-mode.ts";
export {
  acquireRequestSchema,
  startRequestSchemas,
  stopRequestSchema,
  updateLayoutRequestSchema,
  updateRequestSchemas,
} from "./requests.ts";

// What people write in settings: the same fields and rules as in the requests.
export { checkPageSize } from "./extension-services.ts";
export { recordingFileConfigSchemas } from "./file-config.ts";
export type { PresetName, RecordingParts } from "./presets.ts";
export { isPresetName, recordingPresets, withPreset } from "./presets.ts";
export { checkRecordingConfig, checkWithoutEffect, recordingConfigShapes } from "./recording-config.ts";
export { checkSnapshots, snapshotConfigSchema } from "./snapshot-config.ts";
export { checkStorage, storageSettingsShape } from "./storage-config.ts";
export { resolveRegion, resolveVendor } from "./storage-vendors.ts";
export { webPageShape } from "./web-page.ts";
export type { RecordingMode } from "./recording-mode.ts";
export {
  acquireRequestSchema,
  startRequestSchemas,
  stopRequestSchema,
  updateLayoutRequestSchema,
  updateRequestSchemas,
} from "./requests.ts";
export type { NotificationHeaders, NotificationSignatures, NotificationVerdict } from "./notification-signature.ts";
export { signNotification } from "./notification-signature.ts";

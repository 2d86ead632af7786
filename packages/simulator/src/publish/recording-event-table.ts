/**
 * The events of product 3 that the simulator tells: name and who tells it (0 service, 1 recorder, 2 uploader, 6 web
 * recorder). Not told: 60, 61, 80, 81, 90 and 1001, whose features are gone from the documents. @see E 3.2, E 3.1
 */
export const recordingEvents = {
  1: { msgName: "cloud_recording_error", serviceType: 0 },
  2: { msgName: "cloud_recording_warning", serviceType: 0 },
  3: { msgName: "cloud_recording_status_update", serviceType: 0 },
  4: { msgName: "cloud_recording_file_infos", serviceType: 0 },
  11: { msgName: "session_exit", serviceType: 0 },
  12: { msgName: "session_failover", serviceType: 0 },
  // Name and type are guesses: no table has this event.
  13: { msgName: "session_ha_registered", serviceType: 0 },
  30: { msgName: "uploader_started", serviceType: 2 },
  31: { msgName: "uploaded", serviceType: 2 },
  32: { msgName: "backuped", serviceType: 2 },
  33: { msgName: "uploading_progress", serviceType: 2 },
  40: { msgName: "recorder_started", serviceType: 1 },
  41: { msgName: "recorder_leave", serviceType: 1 },
  42: { msgName: "recorder_slice_start", serviceType: 1 },
  43: { msgName: "recorder_audio_stream_state_changed", serviceType: 1 },
  44: { msgName: "recorder_video_stream_state_changed", serviceType: 1 },
  45: { msgName: "recorder_snapshot_file", serviceType: 1 },
  70: { msgName: "web_recorder_started", serviceType: 6 },
  71: { msgName: "web_recorder_stopped", serviceType: 6 },
  72: { msgName: "web_recorder_capability_limit", serviceType: 6 },
  73: { msgName: "web_recorder_reload", serviceType: 6 },
  100: { msgName: "rtmp_publish_status", serviceType: 6 },
} as const;

export type RecordingEventType = keyof typeof recordingEvents;

/** All of them, in the order of their numbers. */
export const recordingEventTypes: readonly number[] = Object.keys(recordingEvents).map(Number);

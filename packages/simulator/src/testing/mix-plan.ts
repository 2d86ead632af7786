import type { RecorderPlan } from "../core/new-recording.ts";

/** A mix recording of everybody, for tests that call the core itself. */
export const mixPlan = {
  mode: "mix",
  order: {
    channelType: 0,
    maxIdleMs: 20_000,
    streamTypes: 2,
    streamMode: "default",
    fileTypes: ["hls"],
    correctExtinf: false,
    uidsMax: 17,
  },
  storage: {
    vendor: 1,
    region: 0,
    bucket: "bucket",
    accessKey: "planted-access-key",
    secretKey: "planted-secret-key",
    fileNamePrefix: [],
  },
  subscription: { audio: "everybody", video: "everybody" },
  onhold: false,
  rtmpUrl: undefined,
} as const satisfies RecorderPlan;

import type { Flaw } from "./flaw.ts";
import type { RecordingMoment } from "./recording-moment.ts";

type Trouble = Omit<Extract<RecordingMoment, { kind: "trouble" }>, "kind" | "atMs" | "recording">;

/** Event 1 of each flaw. @see E 3.3, R 10.8; the recorder's codes are those of the RTC SDK. */
export const troubleOfFlaw: Readonly<Record<Flaw, Trouble>> = {
  token: { module: 0, errorLevel: 5, errorCode: 110, errorMsg: "invalid token" },
  tokenExpired: { module: 0, errorLevel: 5, errorCode: 109, errorMsg: "token expired" },
  transcoding: { module: 0, errorLevel: 5, errorCode: 2, errorMsg: "invalid transcodingConfig" },
  storage: { module: 1, errorLevel: 5, errorCode: 32, errorMsg: "storage configuration is wrong" },
  upload: { module: 1, errorLevel: 5, errorCode: 47, errorMsg: "upload failed" },
  uidClash: { module: 0, errorLevel: 5, errorCode: 123, errorMsg: "kicked by the server" },
  page: { module: 6, errorLevel: 5, errorCode: 5, errorMsg: "access_url_failed" },
  pageTimeout: { module: 6, errorLevel: 5, errorCode: 4, errorMsg: "page_load_timeout" },
  heavyPage: { module: 6, errorLevel: 5, errorCode: 2, errorMsg: "resolution" },
  worker: { module: 2, errorLevel: 5, errorCode: 52, errorMsg: "start timeout" },
};

/** Whether the recorder never gets into its channel. */
export function keepsOut(flaw: Flaw): boolean {
  return flaw === "token" || flaw === "tokenExpired" || flaw === "transcoding" || flaw === "worker";
}

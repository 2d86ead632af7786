import type { Answer } from "./answer.ts";
import type { RecordingIds, Request, StartOptions } from "./sample-requests.ts";
import { acquirePath, channelName, controlPath, startRequest, stopRequest } from "./sample-requests.ts";

/** A recording whose start was sent; `started` is the answer, whatever it says. */
export interface StartedRecording extends RecordingIds {
  readonly mode: string;
  readonly uid: number;
  readonly cname: string;
  readonly started: Answer;
}

/** The six calls of the service, by `call`, which waits `waitMs` for the answer. */
export function createAgoraCalls(call: (request: Request, waitMs?: number) => Promise<Answer>) {
  const acquire = (uid: number, clientRequest: Readonly<Record<string, unknown>> = {}, cname = channelName) =>
    call({ path: acquirePath(), body: { cname, uid: String(uid), clientRequest } });
  const start = (resourceId: string, uid: number, options: StartOptions = {}) =>
    call(startRequest(resourceId, uid, options));

  return {
    acquire,
    start,
    /** acquire and start in one go; in mode web with scene 1. */
    record: async (uid: number, options: StartOptions = {}): Promise<StartedRecording> => {
      const { mode = "mix", cname = channelName, acquired: acquireRequest = {} } = options;
      const acquired = await acquire(uid, { scene: mode === "web" ? 1 : 0, ...acquireRequest }, cname);
      const resourceId = textOf(acquired.body["resourceId"]);
      const started = await start(resourceId, uid, options);
      return { resourceId, sid: textOf(started.body["sid"]), uid, cname, mode, started };
    },
    query: (recording: RecordingIds) => call({ method: "GET", path: controlPath(recording, "query", recording.mode) }),
    update: (recording: StartedRecording, clientRequest: Readonly<Record<string, unknown>>, word = "update") =>
      call({
        path: controlPath(recording, word, recording.mode),
        body: { cname: recording.cname, uid: String(recording.uid), clientRequest },
      }),
    stop: (
      recording: RecordingIds & { readonly uid: number; readonly cname?: string },
      clientRequest: Readonly<Record<string, unknown>> = { async_stop: true },
      { uploadMs = 0 } = {},
    ) => call(stopRequest(recording, clientRequest), uploadMs),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

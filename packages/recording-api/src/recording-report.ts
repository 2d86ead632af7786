import type { ExtensionState, RecordedFile, RecordingReport } from "@autorec/events";
import type { ServerResponse } from "./wire/answers.ts";
import { extensionStateSchema, fileEntrySchema, streamOutputSchema } from "./wire/answers.ts";

/** More entries than any recording has at a time; the rest of a list is not read. */
const entriesMax = 10_000;

type Payload = NonNullable<ServerResponse["payload"]>;

/**
 * What a `serverResponse` says of the recording, from every shape that Agora has used: `fileList` as one name, as a list
 * or absent, `fileName` or `filename`, `payload` or `playload`, `unknown` or `unknow`. Undefined when there is none; total,
 * what cannot be read is left out. @see R 4.3, 6.1
 */
export function recordingReport(response: ServerResponse | undefined): RecordingReport | undefined {
  if (response === undefined) return undefined;
  const services = (response.extensionServiceState ?? []).slice(0, entriesMax).flatMap(readService);
  const payloads = services.map(({ payload }) => payload);
  const uploadingStatus =
    response.uploadingStatus ??
    response.payload?.uploadingStatus ??
    payloads.find((payload) => payload.uploadingStatus !== undefined)?.uploadingStatus;
  return {
    files: [response, ...payloads].flatMap(({ fileList }) => filesOf(fileList)).concat(olderFile(response)),
    ...(uploadingStatus === undefined ? {} : { uploadingStatus: uploadingWord(uploadingStatus) }),
    ...(response.sliceStartTime === undefined ? {} : { sliceStartAtMs: response.sliceStartTime }),
    ...(response.extensionServiceState === undefined ? {} : { services: services.map(({ state }) => state) }),
  };
}

/** A file list in any of its shapes; "" is the empty list of the shape that has one name. */
function filesOf(fileList: string | readonly unknown[] | undefined): readonly RecordedFile[] {
  if (fileList === undefined || fileList === "") return [];
  if (typeof fileList === "string") return [{ fileName: fileList }];
  return fileList.slice(0, entriesMax).flatMap((entry) => {
    if (typeof entry === "string") return entry === "" ? [] : [{ fileName: entry }];
    const parsed = fileEntrySchema.safeParse(entry);
    const fileName = parsed.data?.fileName ?? parsed.data?.filename;
    if (parsed.data === undefined || fileName === undefined) return [];
    const { trackType, uid, mixedAllUser, isPlayable, sliceStartTime } = parsed.data;
    return [
      {
        fileName,
        ...(trackType === undefined ? {} : { trackType }),
        ...(uid === undefined ? {} : { uid }),
        ...(mixedAllUser === undefined ? {} : { mixedAllUser }),
        ...(isPlayable === undefined ? {} : { isPlayable }),
        ...(sliceStartTime === undefined ? {} : { sliceStartAtMs: sliceStartTime }),
      },
    ];
  });
}

/** Refusals of older servers name the file in a field of their own. @see R 6.2 */
function olderFile(response: ServerResponse): readonly RecordedFile[] {
  return response.fileList === undefined ? filesOf(response.fileListStr) : [];
}

function readService(entry: unknown): readonly { readonly state: ExtensionState; readonly payload: Payload }[] {
  const parsed = extensionStateSchema.safeParse(entry);
  if (!parsed.success) return [];
  const { serviceName: name, payload, playload } = parsed.data;
  const read: Payload = payload ?? playload ?? {};
  const outputs = read.outputs?.slice(0, entriesMax).map((output) => {
    const status = streamOutputSchema.safeParse(output).data?.status;
    return outputWords.find((word) => word === status) ?? "unknown";
  });
  const state = stateWords.find((word) => word === read.state) ?? "unknown";
  return [
    {
      payload: read,
      state: {
        name,
        ...(read.state === undefined ? {} : { state }),
        ...(read.onhold === undefined ? {} : { onhold: read.onhold }),
        ...(outputs === undefined ? {} : { outputs }),
      },
    },
  ];
}

const stateWords = ["init", "inProgress", "exit"] as const;
const outputWords = ["connecting", "publishing", "onhold", "disconnected"] as const;

/** `unknow` in older documents; a word that nobody has documented is not known either. */
function uploadingWord(text: string): "uploaded" | "backuped" | "unknown" {
  return text === "uploaded" || text === "backuped" ? text : "unknown";
}

import { describe, expect, test } from "vitest";
import type { StartOptions } from "../../testing/simulated-agora.ts";
import { createSimulatedAgora, responseOf } from "../../testing/simulated-agora.ts";

const individual: StartOptions = {
  mode: "individual",
  recordingConfig: { channelType: 0, subscribeUidGroup: 1, maxIdleTime: 20 },
};
const mp4: StartOptions = { recordingFileConfig: { avFileType: ["hls", "mp4"] } };
const snapshotConfig = { captureInterval: 10, fileType: ["jpg"] };
/** Streams are recorded from status 4 on. */
const readyMs = 400;

async function recorded(options: StartOptions, patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const agora = createSimulatedAgora(patch);
  const startedAtMs = agora.scheduler.nowMs();
  agora.join(1);
  const recording = await agora.record(7, options);
  agora.scheduler.advance(2_000);
  return { agora, recording, response: responseOf(await agora.query(recording)), firstMs: startedAtMs + readyMs };
}

describe("appendix B 23: fileList", () => {
  test("appendix B 23: mix with hls is a string", async () => {
    const { recording, response, firstMs } = await recorded({});
    const fileList = `${recording.sid}_room.m3u8`;
    expect(response).toEqual({ status: 5, fileListMode: "string", fileList, sliceStartTime: firstMs });
  });

  test("appendix B 23: mix with hls and mp4 is a list of both for everybody", async () => {
    const { recording, response, firstMs } = await recorded(mp4);
    const common = {
      trackType: "audio_and_video",
      uid: "0",
      mixedAllUser: true,
      isPlayable: true,
      sliceStartTime: firstMs,
    };
    const base = `${recording.sid}_room`;
    const fileList = [`${base}_0.mp4`, `${base}.m3u8`].map((fileName) => ({ fileName, ...common }));
    expect(response).toEqual({ status: 5, fileListMode: "json", fileList, sliceStartTime: firstMs });
  });

  test("appendix B 23: individual lists an audio and a video file of everybody who was recorded, also who has left", async () => {
    const { agora, recording, firstMs } = await recorded(individual);
    agora.join(2, "host", "audio");
    agora.scheduler.advance(1_500);
    agora.leave(1);
    agora.scheduler.advance(1_000);
    const name = (uid: number, type: string) => `${recording.sid}_room__uid_s_${String(uid)}__uid_e_${type}.m3u8`;
    const file = (uid: number, trackType: string, sliceStartTime: number) => ({
      fileName: name(uid, trackType),
      trackType,
      uid: String(uid),
      mixedAllUser: false,
      isPlayable: true,
      sliceStartTime,
    });
    expect(responseOf(await agora.query(recording))).toEqual({
      status: 5,
      fileListMode: "json",
      fileList: [file(1, "audio", firstMs), file(1, "video", firstMs), file(2, "audio", firstMs + 1_600)],
      sliceStartTime: firstMs,
    });
  });

  test("individual in stream mode standard lists a merged file per user as well", async () => {
    const options = { ...individual, recordingConfig: { ...individual.recordingConfig, streamMode: "standard" } };
    const { recording, response } = await recorded(options);
    const merged = `${recording.sid}_room__uid_s_1__uid_e_av.m3u8`;
    expect(response).toMatchObject({
      fileList: [{}, {}, { fileName: merged, trackType: "audio_and_video", uid: "1" }],
    });
    const other = await recorded(options, { switches: { mergedPlaylistWord: "audio_and_video" } });
    expect(JSON.stringify(other.response)).toContain("__uid_e_audio_and_video.m3u8");
  });

  test.each([
    [0, ["audio"]],
    [1, ["video"]],
  ] as const)("individual with streamTypes %i lists %j only", async (streamTypes, types) => {
    const options = { ...individual, recordingConfig: { ...individual.recordingConfig, streamTypes } };
    const { response } = await recorded(options);
    expect(response).toMatchObject({ fileList: types.map((trackType) => ({ trackType })) });
  });

  test.each<readonly [string, StartOptions]>([
    ["snapshots alone", { ...individual, request: { snapshotConfig } }],
    [
      "snapshots beside a recording",
      { ...individual, recordingFileConfig: { avFileType: ["hls"] }, request: { snapshotConfig } },
    ],
  ])("appendix B 23: %s have no fileList", async (_, options) => {
    const { agora, recording, response, firstMs } = await recorded(options);
    expect(response).toEqual({ status: 5, sliceStartTime: firstMs });
    const stopped = await agora.stop(recording, {}, { uploadMs: 300 });
    expect(responseOf(stopped)).toEqual({ uploadingStatus: "uploaded" });
  });

  test.each<readonly [StartOptions, unknown]>([
    [{}, { fileListMode: "string", fileList: "" }],
    [mp4, { fileListMode: "json", fileList: [] }],
    [individual, { fileListMode: "json", fileList: [] }],
  ])("appendix B 23: before the first slice it is empty, or absent with emptyFileList", async (options, fields) => {
    for (const [emptyFileList, expected] of [
      ["empty", fields],
      ["absent", {}],
    ] as const) {
      const agora = createSimulatedAgora({ switches: { emptyFileList } });
      agora.join(1);
      const recording = await agora.record(7, options);
      agora.scheduler.advance(1_000);
      const response = responseOf(await agora.query(recording));
      expect(response).toEqual({ status: 4, ...(typeof expected === "object" ? expected : {}) });
    }
  });

  test("a stop lists the same files, without the top sliceStartTime", async () => {
    const { agora, recording, response } = await recorded(mp4);
    const stopped = responseOf(await agora.stop(recording, {}, { uploadMs: 300 }));
    expect(stopped).toEqual({
      fileListMode: "json",
      fileList: fileListOf(response),
      uploadingStatus: "uploaded",
    });
  });

  test.each([true, false])("mixSliceStartTime %s", async (mixSliceStartTime) => {
    const { response } = await recorded({}, { switches: { mixSliceStartTime } });
    expect(JSON.stringify(response).includes("sliceStartTime")).toBe(mixSliceStartTime);
    const other = await recorded(individual, { switches: { mixSliceStartTime } });
    expect(other.response).toHaveProperty("sliceStartTime");
  });

  test.each(["fileName", "filename"] as const)("the key of a file's name is %s", async (fileNameKey) => {
    const { response } = await recorded(mp4, { switches: { fileNameKey } });
    const keys = JSON.stringify(response).match(/file_?[nN]ame/g);
    expect(keys).toEqual([fileNameKey, fileNameKey]);
  });

  test.each([
    [true, "a-b-c"],
    [false, "a_b=c"],
  ])("special characters of the channel name become -: %s", async (fileNameReplacement, name) => {
    const agora = createSimulatedAgora({ switches: { fileNameReplacement } });
    const recording = await agora.record(7, { cname: "a_b=c" });
    agora.join(1, "host", "both", "a_b=c");
    agora.scheduler.advance(5_000);
    expect(responseOf(await agora.query(recording))).toMatchObject({ fileList: `${recording.sid}_${name}.m3u8` });
  });
});

describe("appendix B 24: shapes of older servers", () => {
  test.each([false, true])("appendix B 24: cname and uid are left out of successes: %s", async (omitEchoedIds) => {
    const agora = createSimulatedAgora({ switches: { omitEchoedIds }, durations: { syncStopUploadMs: 0 } });
    agora.join(1);
    const acquired = await agora.acquire(8);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    const answers = [
      acquired,
      recording.started,
      await agora.query(recording),
      await agora.update(recording, {}),
      await agora.stop(recording, {}),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(["cname" in body, "uid" in body]).toEqual([!omitEchoedIds, !omitEchoedIds]);
    }
  });

  test.each(["current", "older"] as const)("errors in the %s shape", async (errorBodies) => {
    const agora = createSimulatedAgora({ switches: { errorBodies } });
    const recording = await agora.record(7);
    await agora.stop(recording);
    const { resourceId, sid } = recording;
    const second = await agora.stop(recording);
    agora.scheduler.advance(600);
    const gone = await agora.query(recording);
    expect([second.status, gone.status]).toEqual([400, 404]);
    if (errorBodies === "current") {
      expect([second.body, gone.body]).toEqual([
        { code: 49, reason: "invalid operation" },
        { code: 404, reason: "failed to find worker" },
      ]);
      return;
    }
    const response = (command: string, message: string) => ({ command, payload: { message }, subscribeModeBitmask: 1 });
    expect(second.body).toEqual({
      ...{ cname: "room", uid: "7", code: 49, resourceId, sid },
      serverResponse: response("StopCloudRecorder", "invalid operation"),
    });
    expect(gone.body).toEqual({
      ...{ code: 404, resourceId, sid },
      serverResponse: response("QueryCloudRecorder", "failed to find worker"),
    });
  });
});

function fileListOf(response: unknown): unknown {
  return typeof response === "object" && response !== null && "fileList" in response ? response.fileList : undefined;
}

import type { RecordingReport } from "@autorec/events";
import { describe, expect, test } from "vitest";
import { readAnswer } from "./answer-facts.ts";

function reportOf(serverResponse: unknown, call: "query" | "stop" = "query"): RecordingReport | undefined {
  const bodyText = JSON.stringify({ resourceId: "r", sid: "s", serverResponse });
  return readAnswer(call, { kind: "answered", httpStatus: 200, requestId: undefined, bodyText }).recording;
}

const sid = "38f8e3cfdc474cd56fc1ceba380d7e1a";

describe("files are read from every shape of the reference", () => {
  test("one name (mix with HLS)", () => {
    const response = {
      status: 5,
      fileListMode: "string",
      fileList: `${sid}_class-101.m3u8`,
      sliceStartTime: 1_720_512_000_123,
    };
    expect(reportOf(response)).toEqual({
      files: [{ fileName: `${sid}_class-101.m3u8` }],
      sliceStartAtMs: 1_720_512_000_123,
    });
  });

  test("a list (mix with MP4, individual)", () => {
    const file = {
      fileName: `${sid}_class-101__uid_s_123__uid_e_audio.m3u8`,
      trackType: "audio",
      uid: "123",
      mixedAllUser: false,
      isPlayable: true,
    };
    const fileList = [{ ...file, sliceStartTime: 1_720_512_000_123 }];
    const files = [{ ...file, sliceStartAtMs: 1_720_512_000_123 }];
    expect(reportOf({ status: 5, fileListMode: "json", fileList })).toEqual({ files });
    expect(reportOf({ fileListMode: "json", fileList, uploadingStatus: "uploaded" }, "stop")).toEqual({
      files,
      uploadingStatus: "uploaded",
    });
  });

  test("a list of 2020 that spells filename, has uids as numbers and lacks fileListMode", () => {
    expect(reportOf({ fileList: [{ filename: "a.m3u8", uid: 0, sliceStartTime: "1606357122528" }] })).toEqual({
      files: [{ fileName: "a.m3u8", uid: "0", sliceStartAtMs: 1_606_357_122_528 }],
    });
  });

  test.each([
    ["", ""],
    ["an empty list", []],
    ["none", undefined],
    ["null", null],
    ["a number", 7],
  ])("nothing yet: %s", (_name, fileList) => {
    expect(reportOf({ status: 4, fileListMode: "string", fileList })).toEqual({ files: [] });
  });

  test("snapshots have no list at all", () => {
    expect(reportOf({ status: 5, sliceStartTime: 1 })).toEqual({ files: [], sliceStartAtMs: 1 });
    expect(reportOf({ uploadingStatus: "uploaded" }, "stop")).toEqual({ files: [], uploadingStatus: "uploaded" });
  });

  test("what cannot be read is left out, the rest counts", () => {
    const fileList = [undefined, 7, {}, { fileName: "" }, "b.ts", { fileName: "a.ts", trackType: "smell", uid: {} }];
    expect(reportOf({ fileList })).toEqual({ files: [{ fileName: "b.ts" }, { fileName: "a.ts" }] });
  });

  test("an older refusal names its file in fileListStr", () => {
    const serverResponse = { fileListMode: "string", fileListStr: `q/${sid}_c.m3u8`, payload: { message: "Failed" } };
    expect(reportOf(serverResponse, "stop")).toEqual({ files: [{ fileName: `q/${sid}_c.m3u8` }] });
  });
});

describe("a page recording", () => {
  const fileList = [{ filename: `${sid}_board-42.m3u8`, sliceStartTime: 1_720_512_000_123 }];
  const files = [{ fileName: `${sid}_board-42.m3u8`, sliceStartAtMs: 1_720_512_000_123 }];

  test("tells the state of each service, and no stream's address", () => {
    const rtmpUrl = "rtmp://live.example.org/app/stream-key";
    const outputs = [{ rtmpUrl, status: "publishing" }, { rtmpUrl, status: "dancing" }, 7];
    const report = reportOf({
      status: 4,
      extensionServiceState: [
        { serviceName: "web_recorder_service", payload: { state: "inProgress", onhold: false, fileList } },
        { serviceName: "rtmp_publish_service", payload: { state: "inProgress", outputs } },
        { payload: {} },
      ],
    });
    expect(report).toEqual({
      files,
      services: [
        { name: "web_recorder_service", state: "inProgress", onhold: false },
        { name: "rtmp_publish_service", state: "inProgress", outputs: ["publishing", "unknown", "unknown"] },
      ],
    });
    expect(JSON.stringify(report)).not.toContain("stream-key");
  });

  test.each(["payload", "playload"])("is read when it spells %s", (key) => {
    const extensionServiceState = [
      { serviceName: "upload_service", [key]: { uploadingStatus: "backuped" } },
      { serviceName: "web_recorder_service", [key]: { state: "exit", onhold: false, fileList } },
    ];
    expect(reportOf({ extensionServiceState }, "stop")).toEqual({
      files,
      uploadingStatus: "backuped",
      services: [{ name: "upload_service" }, { name: "web_recorder_service", state: "exit", onhold: false }],
    });
  });
});

test("the upload's state is one of three words, however it is spelled", () => {
  for (const [told, word] of [
    ["uploaded", "uploaded"],
    ["backuped", "backuped"],
    ["unknown", "unknown"],
    ["unknow", "unknown"],
    ["finished", "unknown"],
  ]) {
    expect(reportOf({ uploadingStatus: told }, "stop")?.uploadingStatus).toBe(word);
  }
});

test("acquire, start and update tell nothing of a recording", () => {
  const exchange = {
    kind: "answered",
    httpStatus: 200,
    requestId: undefined,
    bodyText: `{"serverResponse":{}}`,
  } as const;
  for (const call of ["acquire", "start", "update", "updateLayout"] as const) {
    expect(readAnswer(call, exchange).recording).toBeUndefined();
  }
});

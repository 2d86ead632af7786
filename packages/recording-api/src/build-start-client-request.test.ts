import { describe, expect, test } from "vitest";
import { ApiConfigError } from "./api-config-error.ts";
import type { StartClientRequestParts } from "./build-start-client-request.ts";
import { buildStartClientRequest } from "./build-start-client-request.ts";

const storageConfig = { vendor: 1, region: 7, bucket: "rec-eu", accessKey: "planted-ak", secretKey: "planted-sk" };
const mix: StartClientRequestParts = { mode: "mix", recordingConfig: {}, storageConfig, maxIdleMs: 300_000 };
const individual: StartClientRequestParts = { ...mix, mode: "individual" };

function problemsOf(parts: StartClientRequestParts): readonly string[] {
  try {
    buildStartClientRequest(parts);
    return [];
  } catch (err) {
    if (!(err instanceof ApiConfigError)) throw err;
    expect(JSON.stringify([err.message, err.problems])).not.toContain("planted");
    return err.problems.map((problem) => `${problem.field}: ${problem.value}, ${problem.expected}`);
  }
}

function fieldsOf(parts: StartClientRequestParts): readonly string[] {
  return problemsOf(parts).map((problem) => problem.slice(0, problem.indexOf(":")));
}

describe("the clientRequest of start", () => {
  test("writes out what Agora needs: whole seconds of idle time, channel type, uid group, HLS", () => {
    expect(buildStartClientRequest({ ...individual, token: "007token" })).toEqual({
      token: "007token",
      recordingConfig: { channelType: 0, subscribeUidGroup: 3, maxIdleTime: 300 },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig,
    });
    expect(buildStartClientRequest(mix)).toEqual({
      recordingConfig: { channelType: 0, maxIdleTime: 300 },
      recordingFileConfig: { avFileType: ["hls"] },
      storageConfig,
    });
  });

  test("lets a rule have its own channel type, uid group and file types", () => {
    const request = buildStartClientRequest({
      ...individual,
      recordingConfig: { subscribeUidGroup: 5, channelType: 1, streamMode: "standard" },
    });
    expect(request.recordingConfig).toMatchObject({ subscribeUidGroup: 5, channelType: 1, streamMode: "standard" });
    const files = { avFileType: ["hls", "mp4"] };
    expect(buildStartClientRequest({ ...mix, recordingFileConfig: files }).recordingFileConfig).toEqual(files);
  });

  test("is the same text for the same parts, in whatever order a rule names its fields", () => {
    const one = buildStartClientRequest({ ...mix, recordingConfig: { channelType: 1, streamTypes: 2 } });
    const two = buildStartClientRequest({ ...mix, recordingConfig: { streamTypes: 2, channelType: 1 } });
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
  });

  test("accepts the documented examples", () => {
    const transcodingConfig = { width: 1280, height: 720, fps: 15, bitrate: 2260, mixedVideoLayout: 1 };
    const everybody = { subscribeAudioUids: ["#allstream#"], subscribeVideoUids: ["#allstream#"] };
    expect(problemsOf({ ...mix, recordingConfig: { audioProfile: 1, transcodingConfig, ...everybody } })).toEqual([]);
    const lists = { unSubscribeVideoUids: ["777"], subscribeAudioUids: ["#allstream#"] };
    expect(problemsOf({ ...individual, recordingConfig: { streamMode: "standard", ...lists } })).toEqual([]);
    const window = { x_axis: 0.7, y_axis: 0, width: 0.3, height: 0.5, render_mode: 0 };
    const layout = { mixedVideoLayout: 3, layoutConfig: [window] };
    expect(problemsOf({ ...mix, recordingConfig: { transcodingConfig: layout } })).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["a value out of range", { streamTypes: 3 }, "recordingConfig.streamTypes"],
    ["a number in quotes", { videoStreamType: "1" }, "recordingConfig.videoStreamType"],
    ["a key that Agora would not know", { unsubscribeAudioUids: ["1"] }, "recordingConfig.unsubscribeAudioUids"],
    ["its own maxIdleTime", { maxIdleTime: 30 }, "recordingConfig.maxIdleTime"],
    ["encryption without a key", { decryptionMode: 1 }, "recordingConfig.secret"],
    ["GCM2 without salt", { decryptionMode: 7, secret: "planted-key" }, "recordingConfig.salt"],
    [
      "salt of another length",
      { decryptionMode: 8, secret: "planted-key", salt: "cGxhbnRlZA==" },
      "recordingConfig.salt",
    ],
    ["an empty list", { subscribeAudioUids: [] }, "recordingConfig.subscribeAudioUids"],
    [
      "33 uids",
      { subscribeAudioUids: Array.from({ length: 33 }, (_, i) => `${i + 1}`) },
      "recordingConfig.subscribeAudioUids",
    ],
    ["a uid that is no number", { subscribeVideoUids: ["alice"] }, "recordingConfig.subscribeVideoUids.0"],
    ["everybody and somebody", { subscribeVideoUids: ["#allstream#", "1"] }, "recordingConfig.subscribeVideoUids"],
    [
      "both lists of a medium",
      { subscribeAudioUids: ["1"], unSubscribeAudioUids: ["2"] },
      "recordingConfig.unSubscribeAudioUids",
    ],
    [
      "a video list for audio alone",
      { streamTypes: 0, subscribeVideoUids: ["1"] },
      "recordingConfig.subscribeVideoUids",
    ],
    [
      "an audio list for video alone",
      { streamTypes: 1, unSubscribeAudioUids: ["1"] },
      "recordingConfig.unSubscribeAudioUids",
    ],
    ["parameters that are not JSON", { privateParams: "{" }, "recordingConfig.privateParams"],
  ])("refuses %s and names the field", (_name, recordingConfig, field) => {
    expect(fieldsOf({ ...mix, recordingConfig })).toEqual([field]);
    expect(fieldsOf({ ...individual, recordingConfig })).toEqual([field]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["a frame rate that Agora would replace", { fps: 25 }, "fps"],
    ["too many bits", { bitrate: 6_501 }, "bitrate"],
    ["a canvas larger than 1920 × 1080", { width: 1920, height: 1920 }, "width"],
    ["a colour without #", { backgroundColor: "000000" }, "backgroundColor"],
    ["a large picture without layout 2", { maxResolutionUid: "7" }, "maxResolutionUid"],
    ["windows without layout 3", { layoutConfig: [{ x_axis: 0, y_axis: 0, width: 1, height: 1 }] }, "layoutConfig"],
    ["layout 3 without windows", { mixedVideoLayout: 3 }, "layoutConfig"],
    [
      "a window beyond the canvas",
      { mixedVideoLayout: 3, layoutConfig: [{ x_axis: 0.5, y_axis: 0, width: 0.6, height: 1 }] },
      "layoutConfig.0",
    ],
    ["an image that is no web address", { backgroundImage: "file:///etc/passwd" }, "backgroundImage"],
  ])("refuses a mixed picture with %s", (_name, transcodingConfig, field) => {
    const recordingConfig = { transcodingConfig };
    expect(fieldsOf({ ...mix, recordingConfig })).toEqual([`recordingConfig.transcodingConfig.${field}`]);
  });

  test("refuses in each mode what belongs to the other", () => {
    expect(fieldsOf({ ...individual, recordingConfig: { audioProfile: 1, transcodingConfig: {} } })).toEqual([
      "recordingConfig.audioProfile",
      "recordingConfig.transcodingConfig",
    ]);
    expect(fieldsOf({ ...mix, recordingConfig: { streamMode: "standard" } })).toEqual(["recordingConfig.streamMode"]);
    expect(fieldsOf({ ...individual, recordingFileConfig: { avFileType: ["hls", "mp4"] } })).not.toEqual([]);
    expect(fieldsOf({ ...mix, recordingFileConfig: { avFileType: ["mp4"] } })).toEqual([
      "recordingFileConfig.avFileType",
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["a vendor that Agora has removed", { vendor: 0 }, "vendor"],
    ["a region of another vendor", { region: 26 }, "region"],
    ["no bucket", { bucket: "" }, "bucket"],
    ["no secret key", { secretKey: undefined }, "secretKey"],
    ["a path segment with a hyphen", { fileNamePrefix: ["my-app"] }, "fileNamePrefix.0"],
    ["a path of more than 128 characters", { fileNamePrefix: ["a".repeat(64), "b".repeat(64)] }, "fileNamePrefix"],
    ["a temporary token without its end", { stsToken: "planted-sts" }, "stsExpiration"],
    ["a temporary token at Google", { vendor: 6, region: 0, stsToken: "planted-sts", stsExpiration: 1 }, "stsToken"],
    ["a compatible store without its address", { vendor: 11, region: 0 }, "extensionParams.endpoint"],
    ["encryption of S3 elsewhere", { vendor: 2, extensionParams: { sse: "kms" } }, "extensionParams.sse"],
    ["a misspelt key", { secretkey: "planted-sk" }, "secretkey"],
  ])("refuses a storage with %s", (_name, change, field) => {
    expect(fieldsOf({ ...mix, storageConfig: { ...storageConfig, ...change } })).toEqual([`storageConfig.${field}`]);
  });

  test("tells which name was probably meant, and that a name has its place elsewhere", () => {
    expect(problemsOf({ ...mix, recordingConfig: { unsubscribeAudioUids: ["1"], bitrate: 1 } })).toEqual([
      `recordingConfig.unsubscribeAudioUids: not a setting here, a name of Agora's reference, spelled exactly so; did you mean "unSubscribeAudioUids"?`,
      "recordingConfig.bitrate: not a setting here, no such field here: Agora has one of this name elsewhere",
    ]);
  });

  test("refuses an idle time that is no whole number of seconds or shorter than 5 s", () => {
    expect(problemsOf({ ...mix, maxIdleMs: 4_000 })).toEqual([
      "recordingConfig.maxIdleTime: 4, an integer from 5 to 2592000",
    ]);
    expect(fieldsOf({ ...mix, maxIdleMs: 20_500 })).toEqual(["recordingConfig.maxIdleTime"]);
  });

  test("tells all problems at once, each with value and expectation", () => {
    const parts = { ...mix, recordingConfig: { streamTypes: 9 }, storageConfig: { ...storageConfig, region: 99 } };
    expect(() => buildStartClientRequest(parts)).toThrow(
      "start request of mode mix: recordingConfig.streamTypes is 9, expected one of 0, 1, 2; " +
        "storageConfig.region is 99, expected a region of Amazon S3: 0 to 25, 28, or a name such as CA_CENTRAL_1",
    );
  });
});

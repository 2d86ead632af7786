import { describe, expect, test } from "vitest";
import { ApiConfigError } from "./api-config-error.ts";
import type { StartClientRequestParts } from "./build-start-client-request.ts";
import { buildStartClientRequest } from "./build-start-client-request.ts";
import { isPresetName, recordingPresets } from "./wire/presets.ts";

const keys = { bucket: "rec", accessKey: "planted-ak", secretKey: "planted-sk" };
const storageConfig = { vendor: "google-cloud-storage", ...keys };
const page: StartClientRequestParts = { mode: "web", web: { url: "https://a.example/board" }, storageConfig };
const snapshots: StartClientRequestParts = { preset: "snapshots", storageConfig };

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

describe("the clientRequest of a page recording", () => {
  test("has neither token nor subscription, and ends by itself after 2 hours", () => {
    expect(buildStartClientRequest(page)).toEqual({
      recordingFileConfig: { avFileType: ["hls"] },
      extensionServiceConfig: {
        extensionServices: [
          {
            serviceName: "web_recorder_service",
            serviceParam: {
              url: "https://a.example/board",
              audioProfile: 1,
              videoWidth: 1280,
              videoHeight: 720,
              maxRecordingHour: 2,
            },
          },
        ],
      },
      storageConfig: { vendor: 6, region: 0, ...keys },
    });
  });

  test("streams to the RTMP address that stands beside the page", () => {
    const rtmpUrl = "rtmps://a.example/app/planted-key";
    const { extensionServiceConfig } = buildStartClientRequest({ ...page, web: { ...page.web, rtmpUrl } });
    expect(extensionServiceConfig?.extensionServices[1]).toEqual({
      serviceName: "rtmp_publish_service",
      serviceParam: { outputs: [{ rtmpUrl }] },
    });
  });

  test("writes the channel into the page's address, encoded", () => {
    const parts = { ...page, web: { url: "https://a.example/{channel}?c={channel}" } };
    const { extensionServiceConfig } = buildStartClientRequest({ ...parts, channelName: "a&b c$&" });
    expect(extensionServiceConfig?.extensionServices[0]?.serviceParam).toMatchObject({
      url: "https://a.example/a%26b%20c%24%26?c=a%26b%20c%24%26",
    });
    expect(problemsOf(parts)).toEqual(["web.url: a page with {channel}, a channel name beside it, to fill it in"]);
  });

  test("takes the services as Agora spells them, but not beside web", () => {
    const { extensionServiceConfig } = buildStartClientRequest(page);
    const parts = { mode: "web", storageConfig, extensionServiceConfig } as const;
    expect(problemsOf({ ...parts, extensionServiceConfig: { ...extensionServiceConfig } })).toEqual([]);
    expect(problemsOf({ ...page, extensionServiceConfig: { ...extensionServiceConfig } })).toEqual([
      "web: an object, either web or extensionServiceConfig",
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["no page", { url: undefined }, "web.url: a hidden value, an http or https URL"],
    ["a page that is no web address", { url: "board" }, "web.url: a hidden value, an http or https URL"],
    ["a picture too narrow", { videoWidth: 239 }, "web.videoWidth: 239, an integer from 240 to 1920"],
    [
      "more than 1920 × 1080 pixels",
      { videoWidth: 1920, videoHeight: 1081 },
      "web.videoWidth: 1920, videoWidth × videoHeight of at most 1920 × 1080",
    ],
    ["a recording without end", { maxRecordingHour: 721 }, "web.maxRecordingHour: 721, an integer from 1 to 720"],
    ["half a second to get ready", { readyTimeout: 0.5 }, "web.readyTimeout: 0.5, an integer from 0 to 60"],
    ["a negative time to get ready", { readyTimeout: -1 }, "web.readyTimeout: -1, an integer from 0 to 60"],
    ["three hundred minutes a file", { maxVideoDuration: 300 }, "web.maxVideoDuration: 300, an integer from 30 to 240"],
    ["a word for a switch", { onhold: "yes" }, 'web.onhold: "yes", true or false'],
    ["a stream to a web address", { rtmpUrl: "https://planted" }, "web.rtmpUrl: a hidden value, an rtmp or rtmps URL"],
    ["a key of another service", { outputs: [] }, "web.outputs: not a setting here"],
  ])("refuses %s and names the field", (_name, change, words) => {
    const problems = problemsOf({ ...page, web: { ...page.web, ...change } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test("refuses what belongs to channels, and a page in their modes", () => {
    expect(problemsOf({ ...page, token: "planted", recordingConfig: { channelType: 0 } })).toEqual([
      "token: a hidden value, nothing: it belongs to modes individual and mix",
      "recordingConfig: an object, nothing: it belongs to modes individual and mix",
    ]);
    expect(problemsOf({ ...page, mode: "mix" })).toEqual([
      "extensionServiceConfig: an object, nothing: it belongs to mode web",
    ]);
  });

  test("tells what is wrong with page, files and storage at once", () => {
    const storage = { ...storageConfig, vendor: "amazon-s3", region: "eu-centrall-1" };
    const parts = { ...page, web: {}, recordingFileConfig: { avFileType: ["mp4"] }, storageConfig: storage };
    expect(problemsOf(parts).map((problem) => problem.split(":")[0])).toEqual([
      "recordingFileConfig.avFileType",
      "web.url",
      "storageConfig.region",
    ]);
  });
});

describe("the clientRequest of snapshots", () => {
  test("without file types makes snapshots alone, with them both", () => {
    expect(buildStartClientRequest(snapshots).recordingFileConfig).toBeUndefined();
    expect(buildStartClientRequest({ ...snapshots, preset: "individual-snapshots" }).recordingFileConfig).toEqual({
      avFileType: ["hls"],
    });
  });

  test.each<[string, Partial<StartClientRequestParts>, string]>([
    ["audio alone", { recordingConfig: { streamTypes: 0 } }, "recordingConfig.streamTypes: 0, 1 or 2"],
    [
      "an audio list alone",
      { recordingConfig: { subscribeAudioUids: ["1"] } },
      "recordingConfig.subscribeVideoUids: missing, a list, since",
    ],
    ["every 4 s", { snapshotConfig: { captureInterval: 4 } }, "snapshotConfig.captureInterval: 4, an integer from 5"],
    ["PNG files", { snapshotConfig: { fileType: ["png"] } }, 'snapshotConfig.fileType.0: "png", "jpg"'],
  ])("refuses %s", (_name, change, words) => {
    expect(problemsOf({ ...snapshots, ...change }).join()).toContain(words);
  });

  test("belongs to mode individual", () => {
    expect(problemsOf({ mode: "mix", snapshotConfig: { fileType: ["jpg"] }, storageConfig })).toEqual([
      "snapshotConfig: an object, nothing: it belongs to mode individual",
    ]);
  });
});

describe("a preset", () => {
  const web = { url: "https://a.example", rtmpUrl: "rtmp://a.example/app/key" };

  test.each(Object.keys(recordingPresets).filter(isPresetName))("%s is a valid request of its mode", (preset) => {
    const { mode } = recordingPresets[preset];
    const parts = { preset, storageConfig, ...(mode === "web" ? { web } : { maxIdleMs: 300_000 }) };
    expect(problemsOf(parts)).toEqual([]);
    expect(problemsOf({ ...parts, mode })).toEqual([]);
  });

  test("yields to single keys, and is checked with them", () => {
    const recordingConfig = { channelType: 1, transcodingConfig: { fps: 30, bitrate: 3_420 } };
    expect(buildStartClientRequest({ preset: "mix-best-fit", recordingConfig, storageConfig }).recordingConfig).toEqual(
      {
        channelType: 1,
        streamTypes: 2,
        audioProfile: 1,
        transcodingConfig: { width: 1280, height: 720, fps: 30, bitrate: 3_420, mixedVideoLayout: 1 },
      },
    );
    const change = { transcodingConfig: { maxResolutionUid: "7" } };
    expect(problemsOf({ preset: "mix-best-fit", recordingConfig: change, storageConfig })).toEqual([
      'recordingConfig.transcodingConfig.maxResolutionUid: "7", mixedVideoLayout 2 beside it',
    ]);
  });

  test("has a mode, which cannot be changed", () => {
    expect(problemsOf({ preset: "mix-audio", mode: "web", storageConfig })).toEqual([
      'mode: "web", "mix", the mode of preset mix-audio, or none',
    ]);
    expect(problemsOf({ storageConfig })).toEqual(['mode: missing, one of "individual", "mix", "web"']);
  });
});

describe("the folders of a recording", () => {
  const prefixOf = (fileNamePrefix: readonly string[]): StartClientRequestParts => ({
    ...snapshots,
    storageConfig: { ...storageConfig, fileNamePrefix },
    channelName: "A-B",
    dateAtMs: Date.UTC(2026, 0, 2, 23, 59),
  });

  test("may name the channel and the day", () => {
    const { storageConfig: storage } = buildStartClientRequest(prefixOf(["autorec", "{date}", "{channel}"]));
    expect(storage.fileNamePrefix).toEqual(["autorec", "20260102", "zvazhzvb"]);
  });

  test("fit into Agora's 128 characters for the longest channel name, or are refused at once", () => {
    expect(problemsOf({ ...prefixOf(["a".repeat(22), "{channel}"]), channelName: "~".repeat(64) })).toEqual([]);
    expect(problemsOf(prefixOf(["a".repeat(23), "{channel}"])).join()).toContain(
      "storageConfig.fileNamePrefix: a list of 2",
    );
  });

  test.each([[["{chanel}"]], [["a{channel}"]], [["a/b"]], [[""]]])("%j is refused", (fileNamePrefix) => {
    expect(problemsOf(prefixOf(fileNamePrefix)).join()).toContain("storageConfig.fileNamePrefix.0");
  });
});

test("a temporary token must live 4 hours from the moment that is given", () => {
  const storage = { vendor: "s3", region: "us-east-1", ...keys, stsToken: "planted-sts", stsExpiration: 20_000 };
  expect(problemsOf({ ...snapshots, storageConfig: storage })).toEqual([]);
  expect(problemsOf({ ...snapshots, storageConfig: storage, nowMs: 5_600_000 })).toEqual([]);
  expect(problemsOf({ ...snapshots, storageConfig: storage, nowMs: 5_601_000 }).join()).toContain(
    "storageConfig.stsExpiration: 20000, a moment at least 4 hours from now",
  );
});

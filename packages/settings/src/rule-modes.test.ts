import { recordingPresets } from "@autorec/recording-api/wire";
import { realDurations } from "@autorec/domain";
import { describe, expect, test } from "vitest";
import { loadPolicy } from "./load-policy.ts";
import type { RuleSettings } from "./policy.ts";
import { revealRequest } from "./reveal-secrets.ts";
import { SettingsError } from "./settings-error.ts";

const planted = "rtmp://live.example/app/planted-stream-key";
const env = { SECRET: "planted-secret", RTMP: planted, PAGE: "https://a.example/planted" };

function load(text: string): readonly RuleSettings[] {
  return loadPolicy({ path: "autorec.yaml", text, env, readFile: () => "", durations: realDurations }).rules;
}

function file(rule: string, storage = "vendor: gcs"): string {
  return [
    'apps: { prod: { appId: 0123456789abcdef0123456789abcdef, customerId: cid, customerSecret: "${env:SECRET}" } }',
    "storages:",
    `  s: { ${storage}, bucket: b, accessKey: "\${env:SECRET}", secretKey: "\${env:SECRET}" }`,
    "rules:",
    "  - name: all",
    '    match: { channel: "*" }',
    "    storage: s",
    ...rule.split("\n").map((line) => `    ${line}`),
  ].join("\n");
}

function ruleOf(rule: string, storage?: string): RuleSettings {
  const [first] = load(file(rule, storage));
  if (first === undefined) throw new Error("no rule");
  return first;
}

function problemsOf(text: string): readonly string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ line, message }) => `${line} ${message}`);
    throw error;
  }
}

describe("a rule with a preset", () => {
  test.each(Object.entries(recordingPresets))("%s needs nothing else but a page's address", (preset, { mode }) => {
    const page = mode === "web" ? '\nweb: { url: "https://a.example", rtmpUrl: "${env:RTMP}" }' : "";
    expect(ruleOf(`preset: ${preset}${page}`).rule.mode).toBe(mode);
    expect(ruleOf(`preset: ${preset}\nmode: ${mode}${page}`).rule.mode).toBe(mode);
  });

  test("changes single keys of it", () => {
    const changed = "recordingConfig: { channelType: 1, transcodingConfig: { fps: 30, bitrate: 3420 } }";
    const settings = ruleOf(`preset: mix-best-fit\n${changed}`);
    expect(settings.rule.channelType).toBe(1);
    expect(revealRequest(settings)).toMatchObject({
      mode: "mix",
      recordingConfig: {
        channelType: 1,
        audioProfile: 1,
        transcodingConfig: { width: 1280, height: 720, fps: 30, bitrate: 3420, mixedVideoLayout: 1 },
      },
      recordingFileConfig: { avFileType: ["hls", "mp4"] },
    });
  });

  test("points at its own line when preset and change do not fit, and names the preset", () => {
    const changed = "recordingConfig:\n  transcodingConfig:\n    mixedVideoLayout: 1";
    expect(problemsOf(file(`preset: mix-custom\n${changed}`))).toEqual([
      "11 expected mixedVideoLayout 3 beside it (with preset mix-custom: recordingConfig.transcodingConfig.layoutConfig)",
    ]);
  });

  test("is another rule than without the change", () => {
    expect(ruleOf("preset: mix-audio").rule.hash).not.toBe(ruleOf("preset: mix-floating").rule.hash);
    expect(ruleOf("preset: mix-audio").rule.hash).toBe(
      ruleOf(
        "mode: mix\nrecordingConfig: { streamTypes: 0, audioProfile: 1 }\nrecordingFileConfig: { avFileType: [hls] }",
      ).rule.hash,
    );
  });
});

describe("a rule of mode web", () => {
  test("has a page, ends after 2 hours by itself, and knows no idle time", () => {
    const settings = ruleOf('mode: web\nweb: { url: "https://a.example/{channel}", rtmpUrl: "${env:RTMP}" }');
    expect(settings.rule).toMatchObject({ mode: "web", channelType: 0, maxIdleMs: 7_200_000 });
    expect(revealRequest(settings)).toEqual({
      mode: "web",
      web: {
        url: "https://a.example/{channel}",
        audioProfile: 1,
        videoWidth: 1280,
        videoHeight: 720,
        maxRecordingHour: 2,
        rtmpUrl: planted,
      },
      storageConfig: { vendor: 6, region: 0, bucket: "b", accessKey: "planted-secret", secretKey: "planted-secret" },
    });
    expect(JSON.stringify(settings)).not.toContain("planted");
  });

  test("may take its address from the environment", () => {
    expect(revealRequest(ruleOf('mode: web\nweb: { url: "${env:PAGE}" }')).web).toMatchObject({ url: env.PAGE });
  });

  test("refuses a stream key in the file without showing it", () => {
    const problems = problemsOf(file(`mode: web\nweb: { url: "https://a.example", rtmpUrl: "${planted}" }`));
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("planted");
  });
});

describe("a storage", () => {
  const mix = "mode: mix";

  test("is the same by names and by numbers", () => {
    const named = ruleOf(mix, "vendor: Amazon-S3, region: eu-central-1");
    expect(named.storageConfig).toMatchObject({ vendor: 1, region: 7 });
    expect(named.rule.hash).toBe(ruleOf(mix, "vendor: 1, region: 7").rule.hash);
  });

  test("needs a region where its vendor has some", () => {
    expect(problemsOf(file(mix, "vendor: amazon-s3"))).toEqual([
      expect.stringContaining('3 key "region" is missing here; expected a region of Amazon S3: US_EAST_1'),
    ]);
  });

  test("is refused with the regions nearest to a wrong one", () => {
    expect(problemsOf(file(mix, "vendor: tencent-cos, region: eu-frankfort"))).toEqual([
      '3 "eu-frankfort"; expected a region of Tencent COS: EU_Frankfurt, EU_Moscow; did you mean "EU_Frankfurt"?',
    ]);
  });

  test("may have folders of channel and day, up to 128 characters with the longest channel name", () => {
    const folders = (first: string): string => `vendor: gcs, fileNamePrefix: [${first}, "{date}", "{channel}"]`;
    expect(ruleOf(mix, folders("autorec")).storageConfig["fileNamePrefix"]).toEqual(["autorec", "{date}", "{channel}"]);
    expect(problemsOf(file(mix, folders("a".repeat(14))))).toHaveLength(1);
    expect(problemsOf(file(mix, folders("a".repeat(13))))).toEqual([]);
  });
});

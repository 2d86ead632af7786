import { expect, test } from "vitest";
import { deploymentEnv, topicNames } from "./deployment-env.ts";

test("only the deployment id must be given", () => {
  expect(deploymentEnv.parse({ AUTOREC_DEPLOYMENT_ID: "prod-eu" })).toEqual({
    deploymentId: "prod-eu",
    keyPrefix: "autorec",
    shards: 16,
    topicPrefix: "",
    group: "autorec-consumer",
    instanceId: undefined,
    configPath: "autorec.yaml",
    agoraBaseUrl: "https://api.agora.io",
    agoraBaseUrlSecond: "https://api.sd-rtn.com",
    acceptEmptyRedis: false,
  });
  expect(deploymentEnv.safeParse({}).error?.issues.map((issue) => issue.path)).toEqual([["AUTOREC_DEPLOYMENT_ID"]]);
});

test.each([
  ["AUTOREC_SHARDS", ["0", "1025", "x", "1.5"]],
  ["AUTOREC_KEY_PREFIX", ["a:b", "{x}", "a b"]],
  ["AUTOREC_TOPIC_PREFIX", ["a/b"]],
  ["AUTOREC_ACCEPT_EMPTY_REDIS", ["maybe"]],
  [
    "AGORA_BASE_URL",
    ["api.agora.io", "http://api.agora.io", "https://u:p@api.agora.io", "https://api.agora.io/v1", "ftp://x"],
  ],
])("%s refuses %j", (variable, values) => {
  for (const value of values) {
    const result = deploymentEnv.safeParse({ AUTOREC_DEPLOYMENT_ID: "d", [variable]: value });
    expect(
      result.error?.issues.map((issue) => issue.path[0]),
      value,
    ).toEqual([variable]);
  }
});

test("Agora's host may be plain http only where credentials stay at home", () => {
  for (const url of ["http://127.0.0.1:8787", "http://simulator:8787/", "https://api.sd-rtn.com"]) {
    expect(deploymentEnv.parse({ AUTOREC_DEPLOYMENT_ID: "d", AGORA_BASE_URL: url }).agoraBaseUrl).toBe(
      url.replace(/\/$/, ""),
    );
  }
});

test("Agora's other host is the other one of its two, and none beside a simulator unless it is named", () => {
  const secondOf = (env: object): string | undefined =>
    deploymentEnv.parse({ AUTOREC_DEPLOYMENT_ID: "d", ...env }).agoraBaseUrlSecond;
  expect(secondOf({ AGORA_BASE_URL: "https://api.sd-rtn.com/" })).toBe("https://api.agora.io");
  expect(secondOf({ AGORA_BASE_URL: "http://127.0.0.1:8787" })).toBeUndefined();
  expect(secondOf({ AGORA_BASE_URL_SECOND: "http://127.0.0.1:8788/" })).toBe("http://127.0.0.1:8788");
});

test("topics carry the prefix", () => {
  expect(topicNames("t1.")).toEqual({
    channelEvents: "t1.rtc.channel-events",
    deadLetters: "t1.rtc.channel-events.dlq",
    lifecycle: "t1.recording.lifecycle",
    snapshots: "t1.recording.snapshots",
  });
});

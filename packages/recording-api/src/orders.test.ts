import { describe, expect, test } from "vitest";
import { buildStartClientRequest } from "./build-start-client-request.ts";
import type { AcquireOrder } from "./orders.ts";
import { acquireClientRequest, parseAcquireOrder, parseQueryOrder, parseUpdateLayoutOrder } from "./orders.ts";

const order: AcquireOrder = { channelName: "class-101", uid: 900_000_001, mode: "mix" };
const storageConfig = { vendor: 1, region: 7, bucket: "b", accessKey: "a", secretKey: "s" };
const page = buildStartClientRequest({
  mode: "web",
  web: { url: "https://a.example", maxRecordingHour: 73 },
  storageConfig,
});
const mix = buildStartClientRequest({ mode: "mix", storageConfig });

describe("what acquire is told", () => {
  test("scene 1 for a page and only there", () => {
    expect(acquireClientRequest({ ...order, mode: "web" })).toEqual({ scene: 1 });
    expect(acquireClientRequest({ ...order, mode: "individual" })).toEqual({ scene: 0 });
  });

  test("everything that was asked for, the start request word for word", () => {
    const request = acquireClientRequest({
      ...order,
      resourceExpiredHour: 24,
      region: "EU",
      regionAffinity: 3,
      excludeResourceIds: ["r1"],
      startClientRequest: mix,
    });
    expect(request).toEqual({
      scene: 0,
      resourceExpiredHour: 24,
      region: "EU",
      regionAffinity: 3,
      excludeResourceIds: ["r1"],
      startParameter: mix,
    });
    expect(request.startParameter).toBe(mix);
  });

  test.each<[string, Partial<AcquireOrder>, string]>([
    ["a bucket outside the fence", { region: "AP", startClientRequest: mix }, 'region is "AP", expected EU, where'],
    ["a page that outlives its resource", { mode: "web", startClientRequest: page }, "expected at least 73"],
    ["the request of another mode", { mode: "individual", startClientRequest: page }, "extensionServiceConfig"],
    ["a resource of 721 hours", { resourceExpiredHour: 721 }, "an integer from 1 to 720"],
    ["no resource in the list", { excludeResourceIds: [""] }, "excludeResourceIds.0"],
    ["a channel name that Agora refuses", { channelName: "a/b" }, 'channelName is "a/b"'],
  ])("never %s", (_name, change, words) => {
    expect(() => parseAcquireOrder({ ...order, ...change })).toThrow(words);
  });

  test("a page recording is called as people like, in 128 bytes", () => {
    expect(parseAcquireOrder({ ...order, mode: "web", channelName: "会議/1" }).channelName).toBe("会議/1");
    expect(() => parseAcquireOrder({ ...order, mode: "web", channelName: "会".repeat(43) })).toThrow("1 to 128 bytes");
  });
});

test("a mode called composite is refused with the word to use", () => {
  const parse = (): void => {
    Reflect.apply(parseQueryOrder, undefined, [{ resourceId: "r", sid: "s", mode: "composite" }]);
  };
  expect(parse).toThrow('mode is "composite", expected "mix": so the URLs of Agora\'s API call composite recording');
});

test("a layout is for the channel and recorder of a session", () => {
  const layout = { resourceId: "r", sid: "s", channelName: "class-101", uid: 1, clientRequest: {} };
  expect(parseUpdateLayoutOrder(layout)).toBe(layout);
  expect(() => parseUpdateLayoutOrder({ ...layout, uid: 0 })).toThrow("uid is 0");
});

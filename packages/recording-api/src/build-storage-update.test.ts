import { describe, expect, test } from "vitest";
import { ApiConfigError } from "./api-config-error.ts";
import { buildStorageUpdate } from "./build-storage-update.ts";
import { updateClientRequestSchemas } from "./wire/update-client-request.ts";

const nowMs = Date.UTC(2026, 6, 9, 12);
const storage = {
  vendor: "amazon-s3",
  region: "eu-central-1",
  bucket: "rec-eu",
  accessKey: "planted-ak",
  secretKey: "planted-sk",
  stsToken: "planted-sts",
  stsExpiration: nowMs / 1_000 + 4 * 3_600,
  fileNamePrefix: ["autorec", "{date}", "{channel}"],
} as const;
const fill = { channelName: "class-101", dateAtMs: nowMs, nowMs };

describe("the update that renews a temporary token", () => {
  test("holds the whole storage, numbered and filled in, and is valid in every mode", () => {
    const update = buildStorageUpdate(storage, fill);
    const fileNamePrefix = ["autorec", "20260709", "classzh101"];
    expect(update).toEqual({ storageConfig: { ...storage, vendor: 1, region: 7, fileNamePrefix } });
    for (const schema of Object.values(updateClientRequestSchemas)) expect(schema.safeParse(update).success).toBe(true);
  });

  test.each([
    ["no token", { stsToken: undefined, stsExpiration: undefined }, "storageConfig.stsToken is missing"],
    [
      "a token that ends in less than 4 hours",
      { stsExpiration: storage.stsExpiration - 1 },
      "at least 4 hours from now",
    ],
    ["a storage that takes none", { vendor: "gcs" }, "only vendors 1, 2 and 3"],
  ])("is refused for %s, without a secret in the words", (_name, change, words) => {
    const build = (): unknown => buildStorageUpdate({ ...storage, ...change }, fill);
    expect(build).toThrow(ApiConfigError);
    expect(build).toThrow(words);
    expect(build).not.toThrow("planted");
  });
});

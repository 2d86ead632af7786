import { describe, expect, test } from "vitest";
import { acquireRequestSchema, startRequestSchemas, stopRequestSchema } from "./requests.ts";
import { channelNameSchema, uidTextSchema } from "./scalars.ts";

const ids = { cname: "class-101", uid: "900000001" };
const storageConfig = { vendor: 1, region: 7, bucket: "b", accessKey: "AK", secretKey: "SK" };

describe("requests as Agora reads them", () => {
  test("unknown keys pass at every level, in the order they came", () => {
    const start = {
      ...ids,
      extra: 1,
      clientRequest: {
        snapshotConfig: {},
        recordingConfig: { channelType: 1, later: true, transcodingConfig: { fps: 25, other: 1 } },
        storageConfig: { ...storageConfig, extensionParams: { acl: "x" } },
      },
    };
    expect(startRequestSchemas.mix.parse(start)).toEqual(start);
    const acquire = { ...ids, clientRequest: { scene: 0, startParameter: { anything: true }, later: 1 } };
    expect(acquireRequestSchema.parse(acquire)).toEqual(acquire);
    const stop = { ...ids, clientRequest: { async_stop: true, resourceExpiredHour: 24 } };
    expect(stopRequestSchema.parse(stop)).toEqual(stop);
  });

  test("an individual recording without subscribeUidGroup passes, one with the settings of a mix does not", () => {
    const request = (recordingConfig: unknown): unknown => ({
      ...ids,
      clientRequest: { recordingConfig, storageConfig },
    });
    const { individual } = startRequestSchemas;
    expect(individual.safeParse(request({ channelType: 0 })).success).toBe(true);
    expect(individual.safeParse(request({ channelType: 0, transcodingConfig: {} })).success).toBe(false);
    expect(individual.safeParse(request({ channelType: 0, streamTypes: "2" })).success).toBe(false);
  });

  test("required fields and ranges are checked", () => {
    expect(acquireRequestSchema.safeParse({ ...ids }).success).toBe(false);
    expect(acquireRequestSchema.safeParse({ ...ids, clientRequest: { resourceExpiredHour: 721 } }).success).toBe(false);
    expect(startRequestSchemas.mix.safeParse({ ...ids, clientRequest: {} }).success).toBe(false);
    expect(stopRequestSchema.safeParse({ ...ids, clientRequest: { async_stop: "true" } }).success).toBe(false);
    expect(stopRequestSchema.safeParse({ ...ids, clientRequest: {} }).success).toBe(true);
  });

  test("a uid is an integer in quotes, 1 … 4294967295", () => {
    for (const uid of ["1", "4294967295"]) expect(uidTextSchema.safeParse(uid).success).toBe(true);
    for (const uid of ["0", "4294967296", "-1", "1.5", "007", "", " 7", "alice", 7]) {
      expect(uidTextSchema.safeParse(uid).success).toBe(false);
    }
  });

  test("a channel name has 1 to 64 characters of Agora's set", () => {
    for (const name of ["a", "a b", "!#$%&()+-:;<=.>?@[]^_{}|~,", "x".repeat(64)]) {
      expect(channelNameSchema.safeParse(name).success).toBe(true);
    }
    for (const name of ["", "x".repeat(65), "a/b", "a\\b", "ä", 'a"b', "a\n", "*"]) {
      expect(channelNameSchema.safeParse(name).success).toBe(false);
    }
  });
});

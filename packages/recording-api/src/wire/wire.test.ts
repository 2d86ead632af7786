import { describe, expect, test } from "vitest";
import { z } from "zod";
import { acquireClientRequestSchemas } from "./acquire-client-request.ts";
import {
  acquireRequestSchema,
  startRequestSchemas,
  stopRequestSchema,
  updateLayoutRequestSchema,
  updateRequestSchemas,
} from "./requests.ts";
import { channelNameSchema, uidTextSchema } from "./scalars.ts";
import { startClientRequestSchemas } from "./start-client-request.ts";
import { updateClientRequestSchemas, updateLayoutClientRequestSchema } from "./update-client-request.ts";

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

const page = {
  serviceName: "web_recorder_service",
  serviceParam: { url: "https://a.example", audioProfile: 1, videoWidth: 1280, videoHeight: 720, maxRecordingHour: 3 },
} as const;
const stream = {
  serviceName: "rtmp_publish_service",
  errorHandlePolicy: "error_ignore",
  serviceParam: { outputs: [{ rtmpUrl: "rtmp://a.example/app/key" }] },
} as const;

/** Dotted places of the first problem of each field; empty: Agora takes it. */
function refusedAt(schema: z.ZodType, clientRequest: unknown): readonly string[] {
  const { error } = schema.safeParse({ ...ids, clientRequest });
  return (error?.issues ?? []).map(({ path }) => path.slice(1).map(String).join("."));
}

describe("a page recording as Agora reads it", () => {
  const start = (extensionServices: readonly unknown[]): unknown => ({
    storageConfig,
    recordingConfig: { any: 1 },
    extensionServiceConfig: { apiVersion: "v1", errorHandlePolicy: "error_abort", extensionServices },
  });
  const changed = (change: object): unknown =>
    start([{ ...page, serviceParam: { ...page.serviceParam, VideoBitrate: 1, ...change } }]);
  const place = "extensionServiceConfig.extensionServices";

  test.each<[string, unknown, readonly string[]]>([
    ["a page", start([page]), []],
    ["a page that is streamed", start([stream, page]), []],
    ["no services at all", { storageConfig }, ["extensionServiceConfig"]],
    ["a stream of no page", start([stream]), [place]],
    ["two pages", start([page, page]), [place]],
    ["a service that it does not know", start([page, { ...stream, serviceName: "vod" }]), [`${place}.1.serviceName`]],
    [
      "two addresses",
      start([page, { ...stream, serviceParam: { outputs: [1, 2].map(() => stream.serviceParam.outputs[0]) } }]),
      [`${place}.1.serviceParam.outputs`],
    ],
    ["60 s to get ready", changed({ readyTimeout: 60 }), []],
    ["less than no time to get ready", changed({ readyTimeout: -1 }), [`${place}.0.serviceParam.readyTimeout`]],
    ["a page without sound profile", changed({ audioProfile: undefined }), [`${place}.0.serviceParam.audioProfile`]],
    ["1920 × 1920", changed({ videoWidth: 1920, videoHeight: 1920 }), [`${place}.0.serviceParam.videoWidth`]],
  ])("%s", (_name, clientRequest, refused) => {
    expect(refusedAt(startRequestSchemas.web, clientRequest)).toEqual(refused);
  });

  test("is called as people like; a channel is not", () => {
    const request = { cname: "会議/1", uid: "1", clientRequest: start([page]) };
    expect(startRequestSchemas.web.safeParse(request).success).toBe(true);
    expect(acquireRequestSchema.safeParse({ ...request, clientRequest: { scene: 1 } }).success).toBe(true);
    expect(acquireRequestSchema.safeParse({ ...request, clientRequest: { scene: 0 } }).success).toBe(false);
  });
});

describe("an update as Agora reads it", () => {
  const { mix, web } = updateRequestSchemas;

  test.each<[string, z.ZodType, unknown, readonly string[]]>([
    ["new lists", mix, { streamSubscribe: { audioUidList: { subscribeAudioUids: ["#allstream#"] } } }, []],
    [
      "both lists of a medium",
      mix,
      { streamSubscribe: { videoUidList: { subscribeVideoUids: ["1"], unSubscribeVideoUids: ["2"] } } },
      ["streamSubscribe.videoUidList.unSubscribeVideoUids"],
    ],
    [
      "an empty list",
      mix,
      { streamSubscribe: { audioUidList: { subscribeAudioUids: [] } } },
      ["streamSubscribe.audioUidList.subscribeAudioUids"],
    ],
    ["a pause", web, { webRecordingConfig: { onhold: true } }, []],
    ["a pause in words", web, { webRecordingConfig: { onhold: "yes" } }, ["webRecordingConfig.onhold"]],
    [
      "a stream to the web",
      web,
      { rtmpPublishConfig: { outputs: [{ rtmpUrl: "https://a.example" }] } },
      ["rtmpPublishConfig.outputs.0.rtmpUrl"],
    ],
    ["a whole storage", web, { storageConfig }, []],
    [
      "half a storage",
      mix,
      { storageConfig: { stsToken: "t" } },
      [
        "storageConfig.vendor",
        "storageConfig.region",
        "storageConfig.bucket",
        "storageConfig.accessKey",
        "storageConfig.secretKey",
      ],
    ],
    ["an empty layout", updateLayoutRequestSchema, {}, []],
    [
      "windows without their layout",
      updateLayoutRequestSchema,
      { layoutConfig: [{ x_axis: 0, y_axis: 0, width: 1, height: 1 }] },
      ["layoutConfig"],
    ],
  ])("%s", (_name, schema, clientRequest, refused) => {
    expect(refusedAt(schema, clientRequest)).toEqual(refused);
  });

  test("as we send it changes exactly one thing, in the words of its mode", () => {
    const onhold = { webRecordingConfig: { onhold: true } };
    expect(updateClientRequestSchemas.web.safeParse(onhold).success).toBe(true);
    expect(updateClientRequestSchemas.mix.safeParse(onhold).success).toBe(false);
    expect(updateClientRequestSchemas.web.safeParse({ ...onhold, storageConfig }).success).toBe(false);
    expect(updateClientRequestSchemas.web.safeParse({}).success).toBe(false);
  });
});

test("every field of an acquire, start, update and updateLayout that we send has a description", () => {
  const bare: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (schema instanceof z.ZodObject) {
      for (const [name, field] of Object.entries(schema.shape)) {
        const inner: unknown = field instanceof z.ZodOptional ? field.unwrap() : field;
        const isForeign = inner instanceof z.ZodNever;
        if (field instanceof z.ZodType && !isForeign && field.description === undefined) bare.push(`${path}.${name}`);
        walk(field, `${path}.${name}`);
      }
    } else if (schema instanceof z.ZodOptional) walk(schema.unwrap(), path);
    else if (schema instanceof z.ZodArray) walk(schema.element, path);
    else if (schema instanceof z.ZodUnion) for (const option of schema.options) walk(option, path);
  };
  for (const [mode, schema] of Object.entries(acquireClientRequestSchemas)) walk(schema, `acquire ${mode}`);
  for (const [mode, schema] of Object.entries(startClientRequestSchemas)) walk(schema, `start ${mode}`);
  for (const [mode, schema] of Object.entries(updateClientRequestSchemas)) walk(schema, `update ${mode}`);
  walk(updateLayoutClientRequestSchema, "updateLayout");
  expect(bare).toEqual([]);
});

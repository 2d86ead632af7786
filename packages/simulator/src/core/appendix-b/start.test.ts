import { describe, expect, test } from "vitest";
import type { StartOptions } from "../../testing/simulated-agora.ts";
import { clientRequest, createSimulatedAgora, extensionServices, startRequest } from "../../testing/simulated-agora.ts";

const code2 = { status: 400, body: { code: 2 } };

describe("appendix B 4 to 9: resource and start", () => {
  test.each([433, 2] as const)("appendix B 4: a start when the resource's life is over is 400/%i", async (code) => {
    const agora = createSimulatedAgora({ switches: { expiredResourceCode: code } });
    const { body } = await agora.acquire(7);
    agora.scheduler.advance(15_000);
    expect(await agora.start(String(body["resourceId"]), 7)).toMatchObject({ status: 400, body: { code } });
  });

  test("appendix B 5: until just before, the first start is 200 with a sid of 32 hex digits, and the recorder is there", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    agora.scheduler.advance(14_999);
    const started = await agora.start(String(body["resourceId"]), 7);
    expect(started).toMatchObject({ status: 200, body: { cname: "room", uid: "7", resourceId: body["resourceId"] } });
    expect(started.body["sid"]).toMatch(/^[0-9a-f]{32}$/);
    expect(agora.kinds()).toEqual(["request", "recorder-joined start", "request"]);
  });

  test.each([true, false])(
    "appendix B 6: a second start is 201/7, alreadyStartedHasSid %s",
    async (alreadyStartedHasSid) => {
      const agora = createSimulatedAgora({ switches: { alreadyStartedHasSid } });
      const recording = await agora.record(7);
      const again = await agora.start(recording.resourceId, 7);
      expect(again).toMatchObject({ status: 201, body: { code: 7, reason: "already started" } });
      expect(again.body["sid"]).toBe(alreadyStartedHasSid ? recording.sid : undefined);
      expect(agora.kinds().filter((kind) => kind.startsWith("recorder"))).toHaveLength(1);
    },
  );

  test("appendix B 7: a fresh resource for a channel and uid that is live is 400/53; another uid is not", async () => {
    const agora = createSimulatedAgora();
    await agora.record(7);
    expect((await agora.record(7)).started).toMatchObject({ status: 400, body: { code: 53, reason: "task conflict" } });
    expect((await agora.record(8)).started.status).toBe(200);
    expect((await agora.record(7, { cname: "hall" })).started.status).toBe(200);
  });

  test("appendix B 7: the uid is free again when the recording has ended", async () => {
    const agora = createSimulatedAgora();
    await agora.stop(await agora.record(7));
    expect((await agora.record(7)).started.status).toBe(200);
  });

  test.each([432, 2] as const)("appendix B 8: another cname or uid than acquired is 400/%i", async (mismatchCode) => {
    const agora = createSimulatedAgora({ switches: { mismatchCode } });
    const { body } = await agora.acquire(7);
    const resourceId = String(body["resourceId"]);
    const expected = { status: 400, body: { code: mismatchCode } };
    expect(await agora.start(resourceId, 8)).toMatchObject(expected);
    expect(await agora.start(resourceId, 7, { cname: "hall" })).toMatchObject(expected);
  });

  test.each([2, 432] as const)("appendix B 9: a start that differs from startParameter is 400/%i", async (code) => {
    const agora = createSimulatedAgora({ switches: { startParameterCode: code } });
    const { body } = await agora.acquire(7, { startParameter: clientRequest() });
    const resourceId = String(body["resourceId"]);
    expect(await agora.start(resourceId, 7, { bucket: "other" })).toMatchObject({ status: 400, body: { code } });
    expect((await agora.start(resourceId, 7)).status).toBe(200);
  });

  test("appendix B 9: with checkStartParameter off it may differ", async () => {
    const agora = createSimulatedAgora({ switches: { checkStartParameter: false } });
    const { body } = await agora.acquire(7, { startParameter: clientRequest() });
    expect((await agora.start(String(body["resourceId"]), 7, { bucket: "other" })).status).toBe(200);
  });

  test.each([1001, 2] as const)("a resourceId that Agora never gave out is 400/%i", async (unknownResourceCode) => {
    const agora = createSimulatedAgora({ switches: { unknownResourceCode } });
    const expected = { status: 400, body: { code: unknownResourceCode } };
    expect(await agora.start("unknown", 7)).toMatchObject(expected);
    expect(await agora.query({ resourceId: "unknown", sid: "f".repeat(32) })).toMatchObject(expected);
  });
});

describe("appendix B 10: mode", () => {
  test.each([
    ["refused", { status: 400, body: { code: 2 } }],
    ["noRoute", { status: 404, body: { message: "no Route matched with those values" } }],
  ] as const)("appendix B 10: mode composite does not exist: %s", async (unknownModeAnswer, expected) => {
    const agora = createSimulatedAgora({ switches: { unknownModeAnswer } });
    const { body } = await agora.acquire(7);
    expect(await agora.start(String(body["resourceId"]), 7, { mode: "composite" })).toMatchObject(expected);
  });

  test.each([
    ["refused", 400],
    ["ignored", 200],
  ] as const)("mode web without scene 1 and mode mix with it are %s", async (sceneCheck, status) => {
    const agora = createSimulatedAgora({ switches: { sceneCheck } });
    expect((await agora.record(7, { mode: "web", acquired: { scene: 0 } })).started.status).toBe(status);
    expect((await agora.record(8, { mode: "mix", acquired: { scene: 1 } })).started.status).toBe(status);
  });
});

describe("what other people's clients send", () => {
  const emptyTexts = { ...storage, extensionParams: { sse: "", tag: "a=b" } };
  const transcodingConfig = {
    mixedVideoLayout: 3,
    layoutConfig: [{ uid: "", x_axis: 0, y_axis: 0, width: 1, height: 1 }],
  };

  test.each([
    ["absent", 200],
    ["refused", 400],
  ] as const)("texts that nobody set and that are sent as empty ones are %s", async (value, status) => {
    const agora = createSimulatedAgora({ switches: { emptyTexts: value, unreasonableTranscoding: "refused" } });
    const bodies = [
      { request: { token: "" } },
      { ...individual({}), request: { token: "" } },
      { request: { storageConfig: emptyTexts } },
      mix({ transcodingConfig }),
    ];
    for (const [index, body] of bodies.entries()) {
      expect((await agora.record(index + 7, body)).started.status, JSON.stringify(body)).toBe(status);
    }
  });

  test("a text that is required may not be empty, whatever emptyTexts says", async () => {
    const agora = createSimulatedAgora();
    const { started } = await agora.record(7, { request: { storageConfig: { ...storage, bucket: "" } } });
    expect(started).toMatchObject({ status: 400, body: { reason: "Start: invalid storageConfig.bucket value!" } });
  });

  test.each([
    ["ignored", 200],
    ["refused", 400],
  ] as const)("fields of another mode or layout are %s", async (needlessFields, status) => {
    const agora = createSimulatedAgora({ switches: { needlessFields, unreasonableTranscoding: "refused" } });
    const canvas = { mixedVideoLayout: 1, maxResolutionUid: "1" };
    expect((await agora.record(7, mix({ streamMode: "standard" }))).started.status).toBe(status);
    expect((await agora.record(8, mix({ transcodingConfig: canvas }))).started.status).toBe(status);
    const recording = await agora.record(9);
    expect((await agora.update(recording, canvas, "updateLayout")).status).toBe(status);
  });
});

describe("appendix B 11: parameters", () => {
  test.each([2, 432] as const)("appendix B 11: what is wrong is 400/%i, as badStartCode says", async (badStartCode) => {
    const agora = createSimulatedAgora({ switches: { badStartCode } });
    const { started } = await agora.record(7, { recordingFileConfig: { avFileType: ["mp4"] } });
    expect(started).toMatchObject({ status: 400, body: { code: badStartCode } });
  });

  const snapshots = { snapshotConfig: { captureInterval: 10, fileType: ["jpg"] } };
  const video = { channelType: 0, streamTypes: 1, subscribeUidGroup: 0 };

  test.each<readonly [string, StartOptions]>([
    ["web without extensionServiceConfig", { mode: "web", request: { extensionServiceConfig: undefined } }],
    ["web without a page", { mode: "web", request: { extensionServiceConfig: { extensionServices: [] } } }],
    ["individual with transcodingConfig", individual({ transcodingConfig: { width: 640, height: 360 } })],
    ["individual with audioProfile", individual({ audioProfile: 1 })],
    ["mp4 alone", { recordingFileConfig: { avFileType: ["mp4"] } }],
    ["mp4 in individual", { ...individual({}), recordingFileConfig: { avFileType: ["hls", "mp4"] } }],
    ["white and black list", mix({ subscribeAudioUids: ["1"], unSubscribeAudioUids: ["2"] })],
    ["a video list of an audio recording", mix({ streamTypes: 0, subscribeVideoUids: ["1"] })],
    ["an audio list of a video recording", mix({ streamTypes: 1, unSubscribeAudioUids: ["1"] })],
    ["an empty list", mix({ subscribeAudioUids: [] })],
    ["33 uids", mix({ subscribeAudioUids: Array.from({ length: 33 }, (_, index) => String(index + 1)) })],
    ["a uid that is no integer", mix({ subscribeAudioUids: ["anna"] })],
    ["maxIdleTime 4", mix({ maxIdleTime: 4 })],
    ["maxIdleTime in quotes", mix({ maxIdleTime: "30" })],
    ["channelType 2", mix({ channelType: 2 })],
    ["decryption without a key", mix({ decryptionMode: 1 })],
    ["a slash in fileNamePrefix", { request: { storageConfig: { ...storage, fileNamePrefix: ["a/b"] } } }],
    ["vendor 99", { request: { storageConfig: { ...storage, vendor: 99 } } }],
    ["no storageConfig", { request: { storageConfig: undefined } }],
    ["snapshots in mix", { request: snapshots }],
    ["snapshots of audio", { ...individual({ streamTypes: 0 }), request: snapshots }],
    [
      "snapshots as png",
      { mode: "individual", recordingConfig: video, request: { snapshotConfig: { fileType: ["png"] } } },
    ],
    ["readyTimeout below 0", { mode: "web", page: { readyTimeout: -1 } }],
    ["readyTimeout 1.5", { mode: "web", page: { readyTimeout: 1.5 } }],
    ["maxRecordingHour 721", { mode: "web", page: { maxRecordingHour: 721 } }],
    ["a page of 1920 x 1920", { mode: "web", page: { videoWidth: 1920, videoHeight: 1920 } }],
    ["a push over http", { mode: "web", rtmpUrl: "http://live.example.org/app" }],
    ["a width in quotes", mix({ transcodingConfig: { width: "640" } })],
  ])("appendix B 11: %s is 400/2", async (_, options) => {
    expect((await createSimulatedAgora().record(7, options)).started).toMatchObject(code2);
  });

  test.each<readonly [string, StartOptions]>([
    ["unknown keys", { request: { later: 1, extensionServiceConfig: {} } }],
    ["subscribeUidGroup in mix", mix({ subscribeUidGroup: 3 })],
    ["no recordingConfig", { request: { recordingConfig: undefined } }],
    ["both file types", { recordingFileConfig: { avFileType: ["hls", "mp4"] } }],
    ["a token in web", { mode: "web", token: "007" }],
    ["recordingConfig in web", { mode: "web", request: { recordingConfig: { channelType: 9 } } }],
    [
      "every word of individual",
      individual({ streamMode: "standard", streamTypes: 2, subscribeAudioUids: ["#allstream#"] }),
    ],
    ["snapshots alone", { mode: "individual", recordingConfig: video, request: snapshots }],
    ["a push over rtmps", { mode: "web", rtmpUrl: "rtmps://live.example.org/app/key" }],
    [
      "storage of vendor 11",
      { request: { storageConfig: { ...storage, vendor: 11, extensionParams: { endpoint: "minio" } } } },
    ],
  ])("start takes %s", async (_, options) => {
    expect((await createSimulatedAgora().record(7, options)).started.status).toBe(200);
  });

  test.each([
    [false, 200],
    [true, 400],
  ])("appendix B 11: individual without subscribeUidGroup, requireUidGroup %s", async (requireUidGroup, status) => {
    const agora = createSimulatedAgora({ switches: { requireUidGroup } });
    expect((await agora.record(7, { mode: "individual" })).started.status).toBe(status);
  });

  test.each([
    [false, 400],
    [true, 200],
  ])("the storage vendors of older documents, legacyVendors %s", async (legacyVendors, status) => {
    const agora = createSimulatedAgora({ switches: { legacyVendors } });
    for (const [uid, vendor] of [
      [7, 0],
      [8, 4],
    ] as const) {
      const { started } = await agora.record(uid, { request: { storageConfig: { ...storage, vendor } } });
      expect(started.status).toBe(status);
    }
  });

  test.each([
    ["ignored", 200],
    ["refused", 400],
  ] as const)("postponed transcoding of older documents is %s", async (legacyPostponed, status) => {
    const agora = createSimulatedAgora({ switches: { legacyPostponed } });
    const legacy = { appsCollection: { combinationPolicy: "postpone_transcoding" } };
    expect((await agora.record(7, { ...individual({}), request: legacy })).started.status).toBe(status);
    const other = { transcodeOptions: { transConfig: { transMode: "audioMix" } } };
    expect((await agora.record(8, { ...individual({}), request: other })).started.status).toBe(status);
  });

  test.each([
    ["ignored", 5],
    ["accepted", 4],
  ] as const)("a black list in lower case is %s", async (lowerCaseUnsubscribe, status) => {
    const agora = createSimulatedAgora({ switches: { lowerCaseUnsubscribe } });
    agora.join(1);
    const recording = await agora.record(
      7,
      mix({ unsubscribeAudioUids: ["1"], unsubscribeVideoUids: ["1"], subscribeVideoUids: undefined }),
    );
    agora.scheduler.advance(5_000);
    expect((await agora.query(recording)).body["serverResponse"]).toMatchObject({ status });
  });

  test.each([
    [5, 400],
    [1, 200],
  ] as const)("snapshots every second, captureIntervalMinS %i", async (captureIntervalMinS, status) => {
    const agora = createSimulatedAgora({ switches: { captureIntervalMinS } });
    const request = { snapshotConfig: { captureInterval: 1, fileType: ["jpg"] } };
    expect((await agora.record(7, { mode: "individual", recordingConfig: video, request })).started.status).toBe(
      status,
    );
  });

  test("a refused start names the field, never its value", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    const { path } = startRequest(String(body["resourceId"]), 7);
    const wrong = { cname: "room", uid: "7", clientRequest: { storageConfig: { secretKey: ["planted-secret-key"] } } };
    const answer = await agora.call({ path, body: wrong });
    expect(answer).toMatchObject(code2);
    expect(answer.body["reason"]).toMatch(/^Start: invalid storageConfig\./);
    expect(JSON.stringify(answer.body)).not.toContain("planted");
  });

  test("the extension services of a page with a push are read", async () => {
    const agora = createSimulatedAgora();
    const request = { extensionServiceConfig: extensionServices({ rtmpUrl: "rtmp://live.example.org/app/key" }) };
    expect((await agora.record(7, { mode: "web", request })).started.status).toBe(200);
  });
});

const storage = { vendor: 1, region: 0, bucket: "b", accessKey: "planted-access-key", secretKey: "planted-secret-key" };

function mix(config: Readonly<Record<string, unknown>>): StartOptions {
  return { recordingConfig: { channelType: 0, ...config } };
}

function individual(config: Readonly<Record<string, unknown>>): StartOptions {
  return { mode: "individual", recordingConfig: { channelType: 0, subscribeUidGroup: 0, ...config } };
}

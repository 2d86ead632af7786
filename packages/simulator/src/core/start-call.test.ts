import { describe, expect, test } from "vitest";
import { clientRequest, createSimulatedAgora, startRequest, statusOf } from "../testing/simulated-agora.ts";

describe("start (rules 4 to 11)", () => {
  test("the first start of a resource gives a sid of 32 hex digits and puts the recorder into the channel", async () => {
    const agora = createSimulatedAgora();
    const { started } = await agora.record(7);
    expect(started.status).toBe(200);
    expect(started.body["sid"]).toMatch(/^[0-9a-f]{32}$/);
    expect(agora.kinds()).toEqual(["request", "recorder-joined start", "request"]);
  });

  test.each([433, 2] as const)("a resource that is older than its life is refused with code %i", async (code) => {
    const agora = createSimulatedAgora({ switches: { expiredResourceCode: code } });
    const { body } = await agora.acquire(7);
    agora.scheduler.advance(15_000);
    expect(await agora.start(String(body["resourceId"]), 7)).toMatchObject({ status: 400, body: { code } });
  });

  test("a resource can be started until just before its life ends", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    agora.scheduler.advance(14_999);
    expect((await agora.start(String(body["resourceId"]), 7)).status).toBe(200);
  });

  test.each([true, false])("a second start of the resource is 201/7, with sid: %s", async (alreadyStartedHasSid) => {
    const agora = createSimulatedAgora({ switches: { alreadyStartedHasSid } });
    const recording = await agora.record(7);
    const again = await agora.start(recording.resourceId, 7);
    expect(again).toMatchObject({ status: 201, body: { code: 7, reason: "already started" } });
    expect(again.body["sid"]).toBe(alreadyStartedHasSid ? recording.sid : undefined);
    expect(agora.kinds().filter((kind) => kind.startsWith("recorder"))).toHaveLength(1);
  });

  test("a fresh resource for a channel and uid that is live is refused 400/53", async () => {
    const agora = createSimulatedAgora();
    await agora.record(7);
    expect((await agora.record(7)).started).toMatchObject({ status: 400, body: { code: 53, reason: "task conflict" } });
    expect((await agora.record(8)).started.status).toBe(200);
  });

  test.each([432, 2] as const)("another cname or uid than acquired is refused with code %i", async (mismatchCode) => {
    const agora = createSimulatedAgora({ switches: { mismatchCode } });
    const { body } = await agora.acquire(7);
    const resourceId = String(body["resourceId"]);
    expect(await agora.start(resourceId, 8)).toMatchObject({ status: 400, body: { code: mismatchCode } });
    expect(await agora.start(resourceId, 7, { cname: "hall" })).toMatchObject({
      status: 400,
      body: { code: mismatchCode },
    });
  });

  test("a start that differs from startParameter is refused, the same one is taken", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7, { startParameter: clientRequest() });
    const resourceId = String(body["resourceId"]);
    expect(await agora.start(resourceId, 7, { bucket: "other" })).toMatchObject({ status: 400, body: { code: 2 } });
    expect((await agora.start(resourceId, 7)).status).toBe(200);
  });

  test("a resourceId that Agora never gave out is refused 400/1001", async () => {
    expect(await createSimulatedAgora().start("unknown", 7)).toMatchObject({ status: 400, body: { code: 1001 } });
  });

  test.each([
    ["refused", { status: 400, body: { code: 2 } }],
    ["noRoute", { status: 404, body: { message: "no Route matched with those values" } }],
  ] as const)("mode composite does not exist: %s", async (unknownModeAnswer, expected) => {
    const agora = createSimulatedAgora({ switches: { unknownModeAnswer } });
    const { body } = await agora.acquire(7);
    expect(await agora.start(String(body["resourceId"]), 7, { mode: "composite" })).toMatchObject(expected);
  });

  test.each([
    ["individual with transcodingConfig", "individual", { transcodingConfig: { width: 640, height: 360 } }, undefined],
    ["mp4 alone", "mix", {}, { avFileType: ["mp4"] }],
    ["mp4 in individual", "individual", { subscribeUidGroup: 0 }, { avFileType: ["hls", "mp4"] }],
    ["white and black list", "mix", { subscribeAudioUids: ["1"], unSubscribeAudioUids: ["2"] }, undefined],
    ["a video list of an audio recording", "mix", { streamTypes: 0, subscribeVideoUids: ["1"] }, undefined],
    ["maxIdleTime 4", "mix", { maxIdleTime: 4 }, undefined],
  ] as const)("%s is refused 400/2", async (_, mode, config, recordingFileConfig) => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    const options = {
      mode,
      recordingConfig: { channelType: 0, ...config },
      ...(recordingFileConfig === undefined ? {} : { recordingFileConfig }),
    };
    const answer = await agora.start(String(body["resourceId"]), 7, options);
    expect(answer).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test.each([
    [false, 200],
    [true, 400],
  ])("individual without subscribeUidGroup, required: %s", async (requireUidGroup, status) => {
    const agora = createSimulatedAgora({ switches: { requireUidGroup } });
    const { body } = await agora.acquire(7);
    expect((await agora.start(String(body["resourceId"]), 7, { mode: "individual" })).status).toBe(status);
  });

  test("a refused start names the field, never its value", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    const { path } = startRequest(String(body["resourceId"]), 7);
    const wrong = { cname: "room", uid: "7", clientRequest: { storageConfig: { secretKey: ["planted-secret-key"] } } };
    const answer = await agora.call({ path, body: wrong });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain("planted");
  });
});

describe("starts that are accepted and come to nothing (rules 14, 15)", () => {
  test("a wrong token: 200, never in the channel, 404 before it was confirmed", async () => {
    const agora = createSimulatedAgora({ appCertificate: "5cfd2fd1755d40ecb72977518be15d3b" });
    agora.join(1);
    const recording = await agora.record(7, { token: "007eJxwrong" });
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(500);
    expect(statusOf(await agora.query(recording))).toBe(2);
    agora.scheduler.advance(300);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).not.toContain("recorder-joined start");
  });

  test("wrong storage keys: the recorder joins and dies", async () => {
    const agora = createSimulatedAgora({ brokenBuckets: ["broken"] });
    agora.join(1);
    const recording = await agora.record(7, { bucket: "broken" });
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).toContain("recorder-left killed");
  });

  test.each([
    ["recorderFails", 404],
    ["ignored", 200],
  ] as const)("a recorder with the uid of a participant, switch %s: %i later", async (uidClash, status) => {
    const agora = createSimulatedAgora({ switches: { uidClash } });
    agora.join(7);
    const recording = await agora.record(7);
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(status);
  });

  test("a participant that takes a live recorder's uid ends the recording", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    agora.join(7);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
  });
});

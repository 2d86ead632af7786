import { describe, expect, test } from "vitest";
import { createSimulatedAgora, statusOf } from "../../testing/simulated-agora.ts";
import { recordingOf } from "../../testing/recording-of.ts";

const layout = { mixedVideoLayout: 3, layoutConfig: [{ x_axis: 0, y_axis: 0, width: 1, height: 1 }] };
const storage = {
  vendor: 1,
  region: 7,
  bucket: "other",
  accessKey: "AK",
  secretKey: "SK",
  stsToken: "T",
  stsExpiration: 1,
};
const only = (uid: string) => ({
  streamSubscribe: { audioUidList: { subscribeAudioUids: [uid] }, videoUidList: { subscribeVideoUids: [uid] } },
});

describe("appendix B 22: update and updateLayout", () => {
  test("appendix B 22: both echo the ids and nothing else", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    const body = { cname: "room", uid: "7", resourceId: recording.resourceId, sid: recording.sid };
    expect(await agora.update(recording, {})).toMatchObject({ status: 200, body });
    expect((await agora.update(recording, layout, "updateLayout")).body).toEqual(body);
  });

  test.each([
    [false, undefined],
    [true, {}],
  ])(
    "appendix B 22, 24: updateServerResponse %s: both answer serverResponse %j",
    async (updateServerResponse, expected) => {
      const agora = createSimulatedAgora({ switches: { updateServerResponse } });
      const recording = await agora.record(7);
      for (const answer of [await agora.update(recording, {}), await agora.update(recording, layout, "updateLayout")]) {
        expect(answer.body["sid"]).toBe(recording.sid);
        expect(answer.body["serverResponse"]).toEqual(expected);
      }
    },
  );

  test.each([
    ["refused", { status: 400, body: { code: 2 } }],
    ["noRoute", { status: 404, body: { message: "no Route matched with those values" } }],
  ] as const)("appendix B 22: updateLayout exists in mode mix only: %s", async (layoutOutsideMix, expected) => {
    const agora = createSimulatedAgora({ switches: { layoutOutsideMix } });
    for (const [uid, mode] of [
      [7, "individual"],
      [8, "web"],
    ] as const) {
      const recording = await agora.record(uid, { mode });
      expect(await agora.update(recording, layout, "updateLayout")).toMatchObject(expected);
    }
  });

  test.each([2, 1028] as const)("a wrong layout is 400/%i", async (badLayoutCode) => {
    const agora = createSimulatedAgora({ switches: { badLayoutCode } });
    const recording = await agora.record(7);
    const expected = { status: 400, body: { code: badLayoutCode } };
    for (const wrong of [{ mixedVideoLayout: 4 }, { mixedVideoLayout: 3 }, { backgroundColor: "red" }]) {
      expect(await agora.update(recording, wrong, "updateLayout")).toMatchObject(expected);
    }
  });

  test("new lists replace the old ones", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    expect((await agora.update(recording, only("2"))).status).toBe(200);
    agora.scheduler.advance(5_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
    await agora.update(recording, only("1"));
    agora.scheduler.advance(5_000);
    expect(statusOf(await agora.query(recording))).toBe(5);
  });

  test.each([
    ["kept", "audio_and_video"],
    ["dropped", "audio"],
  ] as const)("with a list for audio alone the video is %s", async (updateOtherMedium, type) => {
    const agora = createSimulatedAgora({ switches: { updateOtherMedium } });
    agora.join(1);
    const recording = await agora.record(7);
    const lists = { audioUidList: { subscribeAudioUids: ["#allstream#"] } };
    await agora.update(recording, { streamSubscribe: lists });
    expect(recordingOf(agora, recording.sid).tracks).toMatchObject([{ uid: 0, type }]);
  });

  test("a list of a medium that streamTypes leaves out is 400/2", async () => {
    const agora = createSimulatedAgora();
    const audio = await agora.record(7, { recordingConfig: { channelType: 0, streamTypes: 0 } });
    const video = await agora.record(8, { recordingConfig: { channelType: 0, streamTypes: 1 } });
    for (const recording of [audio, video]) {
      expect(await agora.update(recording, only("1"))).toMatchObject({ status: 400, body: { code: 2 } });
    }
  });

  test.each([
    ["both lists", { streamSubscribe: { audioUidList: { subscribeAudioUids: ["1"], unSubscribeAudioUids: ["2"] } } }],
    ["an empty list", { streamSubscribe: { audioUidList: { subscribeAudioUids: [] } } }],
    ["half a storage", { storageConfig: { vendor: 1 } }],
    ["a removed vendor", { storageConfig: { ...storage, vendor: 0, stsToken: undefined, stsExpiration: undefined } }],
  ])("%s is 400/2", async (_, clientRequest) => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    expect(await agora.update(recording, clientRequest)).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test("a new storage takes the place of the old one, in every mode", async () => {
    const agora = createSimulatedAgora();
    for (const [uid, mode] of [
      [7, "individual"],
      [8, "mix"],
      [9, "web"],
    ] as const) {
      const recording = await agora.record(uid, { mode });
      expect((await agora.update(recording, { storageConfig: storage })).status).toBe(200);
      expect(recordingOf(agora, recording.sid).storage).toMatchObject({ bucket: "other", stsToken: "T" });
    }
  });

  test.each([
    ["accepted", 200],
    ["refused", 400],
  ] as const)("an update of two things at once is %s", async (updateCombined, status) => {
    const agora = createSimulatedAgora({ switches: { updateCombined } });
    const recording = await agora.record(7);
    expect((await agora.update(recording, { ...only("1"), storageConfig: storage })).status).toBe(status);
    expect((await agora.update(recording, only("1"))).status).toBe(200);
  });

  test("another uid or cname than acquired is 400/432, and after the end 404", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    expect((await agora.update({ ...recording, uid: 8 }, {})).body["code"]).toBe(432);
    expect((await agora.update({ ...recording, cname: "hall" }, {})).body["code"]).toBe(432);
    await agora.stop(recording);
    expect((await agora.update(recording, {})).body["code"]).toBe(404);
  });
});

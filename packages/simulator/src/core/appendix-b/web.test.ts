import { describe, expect, test } from "vitest";
import { recordingOf } from "../../testing/recording-of.ts";
import type { StartOptions } from "../../testing/simulated-agora.ts";
import { createSimulatedAgora, responseOf, statusOf } from "../../testing/simulated-agora.ts";
import { migrateRecorder } from "../migrate-recorder.ts";

const rtmpUrl = "rtmp://live.example.org/app/key";
const web: StartOptions = { mode: "web" };
const url = "https://page.example.org/board";

describe("mode web", () => {
  test("no recorder comes into the channel, and nobody there keeps it or ends it", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, web);
    agora.join(7);
    agora.leave(7);
    agora.scheduler.advance(3_600_000);
    expect(statusOf(await agora.query(recording))).toBe(5);
    expect(agora.announcements.filter(({ clientType }) => clientType !== undefined)).toEqual([]);
    expect(agora.kinds()).toContain("recorder-joined start");
  });

  test("it ends at maxRecordingHour", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, { ...web, page: { maxRecordingHour: 1 } });
    agora.scheduler.advance(3_599_999);
    expect((await agora.query(recording)).status).toBe(200);
    agora.scheduler.advance(1);
    expect(statusOf(await agora.query(recording))).toBe(6);
    expect(agora.kinds()).toContain("recorder-left expired");
    agora.scheduler.advance(600);
    expect((await agora.query(recording)).status).toBe(404);
  });

  test("appendix B 23: a query shows the page and the push with their states", async () => {
    const agora = createSimulatedAgora();
    const startedAtMs = agora.scheduler.nowMs();
    const recording = await agora.record(7, { ...web, rtmpUrl, recordingFileConfig: { avFileType: ["hls", "mp4"] } });
    const page = (state: string, fileList: readonly unknown[]) => ({
      serviceName: "web_recorder_service",
      payload: { state, onhold: false, fileList },
    });
    const push = (state: string, status: string) => ({
      serviceName: "rtmp_publish_service",
      payload: { state, outputs: [{ rtmpUrl, status }] },
    });
    expect(responseOf(await agora.query(recording))).toEqual({
      status: 0,
      extensionServiceState: [page("init", []), push("init", "connecting")],
    });
    agora.scheduler.advance(2_000);
    const files = [`${recording.sid}_room.m3u8`, `${recording.sid}_room_0.mp4`].map((filename) => ({
      filename,
      sliceStartTime: startedAtMs + 400,
    }));
    expect(responseOf(await agora.query(recording))).toEqual({
      status: 5,
      extensionServiceState: [page("inProgress", files), push("inProgress", "publishing")],
    });
    await agora.stop(recording);
    expect(responseOf(await agora.query(recording))).toMatchObject({
      status: 6,
      extensionServiceState: [page("exit", files), {}],
    });
  });

  test.each(["payload", "playload"] as const)("appendix B 24: a stop writes %s", async (webPayloadKey) => {
    const agora = createSimulatedAgora({ switches: { webPayloadKey } });
    const startedAtMs = agora.scheduler.nowMs();
    const recording = await agora.record(7, web);
    agora.scheduler.advance(2_000);
    const stopped = await agora.stop(recording, {}, { uploadMs: 300 });
    expect(responseOf(stopped)).toEqual({
      extensionServiceState: [
        { serviceName: "upload_service", [webPayloadKey]: { uploadingStatus: "uploaded" } },
        {
          serviceName: "web_recorder_service",
          [webPayloadKey]: {
            state: "exit",
            onhold: false,
            fileList: [{ filename: `${recording.sid}_room.m3u8`, sliceStartTime: startedAtMs + 400 }],
          },
        },
      ],
    });
  });

  test.each([
    ["listed", 1],
    ["empty", 0],
  ] as const)("its fileList is %s", async (webFileList, count) => {
    const agora = createSimulatedAgora({ switches: { webFileList } });
    const recording = await agora.record(7, web);
    agora.scheduler.advance(2_000);
    const names = JSON.stringify(responseOf(await agora.query(recording))).match(/"filename"/g) ?? [];
    expect(names).toHaveLength(count);
  });

  test("onhold writes nothing until an update, and an update can pause again", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, { ...web, page: { onhold: true }, rtmpUrl });
    agora.scheduler.advance(60_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
    expect(JSON.stringify(responseOf(await agora.query(recording)))).toContain(`"status":"onhold"`);
    await agora.update(recording, { webRecordingConfig: { onhold: false } });
    agora.scheduler.advance(1_000);
    expect(statusOf(await agora.query(recording))).toBe(5);
    await agora.update(recording, { webRecordingConfig: { onhold: true } });
    expect(JSON.stringify(responseOf(await agora.query(recording)))).toContain(`"onhold":true`);
    expect(recordingOf(agora, recording.sid).tracks).toEqual([]);
    await agora.update(recording, { webRecordingConfig: {} });
    expect(recordingOf(agora, recording.sid)).toMatchObject({ onhold: false, tracks: [{ uid: 0 }] });
  });

  test("a stop while everything was on hold finds no data", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, { ...web, page: { onhold: true } });
    agora.scheduler.advance(60_000);
    expect(await agora.stop(recording)).toMatchObject({ status: 206, body: { code: 435 } });
  });

  test("appendix B 14: a page that cannot be opened ends its recording soon after the start", async () => {
    const agora = createSimulatedAgora({ web: { failingUrls: ["https://page.example.org/"] } });
    const recording = await agora.record(7, web);
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
  });

  test.each([
    [0, 200],
    [20, 404],
  ])(
    "a page that never says it is ready, readyTimeout %i s: %i after the second timeout",
    async (readyTimeout, status) => {
      const agora = createSimulatedAgora({ web: { unreadyUrls: [url] } });
      const recording = await agora.record(7, { ...web, page: { readyTimeout } });
      agora.scheduler.advance(400 + 2 * 20_000 - 1);
      expect(statusOf(await agora.query(recording))).toBe(readyTimeout === 0 ? 5 : 4);
      agora.scheduler.advance(1);
      expect((await agora.query(recording)).status).toBe(status);
    },
  );

  test("a page that says it is ready is recorded although there is a readyTimeout", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, { ...web, page: { readyTimeout: 20 } });
    agora.scheduler.advance(60_000);
    expect(statusOf(await agora.query(recording))).toBe(5);
  });

  test("another address for the push connects anew; a broken one is disconnected and the recording goes on", async () => {
    const broken = "rtmps://broken.example.org/app/key";
    const agora = createSimulatedAgora({ web: { brokenRtmpUrls: [broken] } });
    const recording = await agora.record(7, { ...web, rtmpUrl });
    agora.scheduler.advance(2_000);
    await agora.update(recording, { rtmpPublishConfig: { outputs: [{ rtmpUrl: broken }] } });
    const shown = async () =>
      /"outputs":(\[[^\]]*\])/.exec(JSON.stringify(responseOf(await agora.query(recording))))?.[1];
    expect(await shown()).toBe(JSON.stringify([{ rtmpUrl: broken, status: "connecting" }]));
    agora.scheduler.advance(200);
    expect(await shown()).toBe(JSON.stringify([{ rtmpUrl: broken, status: "disconnected" }]));
    expect(statusOf(await agora.query(recording))).toBe(5);
  });

  test.each([
    ["two outputs", { rtmpPublishConfig: { outputs: [{ rtmpUrl }, { rtmpUrl }] } }],
    ["onhold in quotes", { webRecordingConfig: { onhold: "true" } }],
  ])("an update with %s is 400/2", async (_, clientRequest) => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, web);
    expect(await agora.update(recording, clientRequest)).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test("appendix B 20: a migrated page goes on with the same sid, unseen by the channel", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, web);
    agora.scheduler.advance(2_000);
    migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 1_000, silent: false });
    expect((await agora.query(recording)).status).toBe(404);
    agora.scheduler.advance(1_000);
    expect(statusOf(await agora.query(recording))).toBe(5);
    expect(JSON.stringify(responseOf(await agora.query(recording)))).toContain(`"bak0_${recording.sid}_room.m3u8"`);
    expect(agora.announcements).toEqual([]);
  });

  test("appendix B 7: a page with the same label and uid is a conflict, and it counts as a worker", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 2 } });
    await agora.record(7, web);
    expect((await agora.record(7, web)).started.body["code"]).toBe(53);
    await agora.record(8, web);
    expect((await agora.acquire(9)).body["code"]).toBe(406);
  });
});

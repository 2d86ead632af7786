import { describe, expect, test } from "vitest";
import type { StartOptions } from "../../testing/simulated-agora.ts";
import { createSimulatedAgora, startRequest, statusOf } from "../../testing/simulated-agora.ts";
import { killRecorder, silenceRecorder } from "../recorders.ts";
import { recordingOf } from "../../testing/recording-of.ts";

const certificate = "5cfd2fd1755d40ecb72977518be15d3b";
const transcoding = (transcodingConfig: Readonly<Record<string, unknown>>): StartOptions => ({
  recordingConfig: { channelType: 0, transcodingConfig },
});

describe("appendix B 14: starts that are accepted and come to nothing", () => {
  test("appendix B 14: a wrong token: 200, never in the channel, 404 before it was confirmed", async () => {
    const agora = createSimulatedAgora({ appCertificate: certificate });
    agora.join(1);
    const recording = await agora.record(7, { token: "007eJxwrong" });
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(500);
    expect(statusOf(await agora.query(recording))).toBe(2);
    agora.scheduler.advance(300);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).not.toContain("recorder-joined start");
  });

  test("appendix B 14: wrong storage keys: the recorder joins and dies", async () => {
    const agora = createSimulatedAgora({ brokenBuckets: ["broken"] });
    agora.join(1);
    const recording = await agora.record(7, { bucket: "broken" });
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).toContain("recorder-left killed");
  });

  test.each<readonly [string, StartOptions]>([
    ["a canvas of 1921 pixels", transcoding({ width: 1921 })],
    ["a canvas of 1920 x 1920", transcoding({ width: 1920, height: 1920 })],
    ["a layout 7", transcoding({ mixedVideoLayout: 7 })],
    ["a custom layout without windows", transcoding({ mixedVideoLayout: 3 })],
    ["a window outside the canvas", transcoding({ mixedVideoLayout: 3, layoutConfig: [window({ x_axis: 0.9 })] })],
    ["a colour without digits", transcoding({ backgroundColor: "red" })],
  ])("appendix B 14: unreasonable transcoding (%s): 200, later 404", async (_, options) => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7, options);
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
    const refusing = createSimulatedAgora({ switches: { unreasonableTranscoding: "refused" } });
    expect((await refusing.record(7, options)).started).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test("reasonable transcoding is neither refused nor deadly; an unusual frame rate falls back", async () => {
    const agora = createSimulatedAgora();
    const config = { width: 1280, height: 720, fps: 13, mixedVideoLayout: 3, layoutConfig: [window({})] };
    const recording = await agora.record(7, transcoding(config));
    agora.scheduler.advance(5_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
  });

  test.each([
    ["refused", 400, undefined],
    ["clamped", 200, 200],
    ["dies", 200, 404],
  ] as const)("a bitrate above 6500 is %s", async (bitrateOverMax, started, later) => {
    const agora = createSimulatedAgora({ switches: { bitrateOverMax } });
    const recording = await agora.record(7, transcoding({ bitrate: 6_501 }));
    expect(recording.started.status).toBe(started);
    agora.scheduler.advance(5_000);
    if (later !== undefined) expect((await agora.query(recording)).status).toBe(later);
  });

  test.each([
    ["notFound", 404],
    ["shown", 200],
  ] as const)("a recording that failed is then %s: %i", async (abnormalExitStatus, status) => {
    const agora = createSimulatedAgora({ brokenBuckets: ["broken"], switches: { abnormalExitStatus } });
    const recording = await agora.record(7, { bucket: "broken" });
    agora.scheduler.advance(700);
    const answer = await agora.query(recording);
    expect(answer.status).toBe(status);
    expect(statusOf(answer)).toBe(status === 200 ? 20 : undefined);
    expect((await agora.stop(recording)).status).toBe(404);
    agora.scheduler.advance(600);
    expect((await agora.query(recording)).status).toBe(404);
  });

  test("the uid of a recording that failed or was killed can be started again", async () => {
    const agora = createSimulatedAgora({ brokenBuckets: ["broken"] });
    await agora.record(7, { bucket: "broken" });
    agora.scheduler.advance(700);
    const again = await agora.record(7);
    expect(again.started.status).toBe(200);
    killRecorder(agora.world, recordingOf(agora, again.sid), true);
    expect((await agora.record(7)).started.status).toBe(200);
  });
});

describe("appendix B 15: uid clash", () => {
  test.each([
    ["recorderFails", 404],
    ["ignored", 200],
  ] as const)("appendix B 15: the uid of a participant, uidClash %s: %i later", async (uidClash, status) => {
    const agora = createSimulatedAgora({ switches: { uidClash } });
    agora.join(7);
    const recording = await agora.record(7);
    expect(recording.started.status).toBe(200);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(status);
  });

  test("appendix B 15: a participant that takes a live recorder's uid ends the recording", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    agora.join(7);
    agora.scheduler.advance(700);
    expect((await agora.query(recording)).status).toBe(404);
  });
});

describe("appendix B 21: injected faults", () => {
  test.each([
    ["start", 206, 65, "request not completed"],
    ["start", 500, 62, "request timeout"],
    ["start", 500, 502, "Failed to allocate worker"],
    ["acquire", 500, 500, "internal_error"],
    ["acquire", 500, 501, "no_worker_manager_available"],
    ["acquire", 500, 504, "allocate_timeout"],
    ["query", 504, 62, "request timeout"],
    ["stop", 504, 62, "request timeout"],
  ] as const)("appendix B 21: %s answers %i/%i, and the next one is as usual", async (call, status, code, reason) => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    agora.arm({ fault: "answer", status, body: { code, reason }, match: { call } });
    const again = () => {
      if (call === "query") return agora.query(recording);
      if (call === "stop") return agora.stop(recording);
      return call === "acquire" ? agora.acquire(8) : agora.start(recording.resourceId, 7);
    };
    expect(await again()).toMatchObject({ status, body: { code, reason } });
    expect([200, 201]).toContain((await again()).status);
  });

  test("appendix B 21: a connection dropped after the start took effect leaves a recording that 201/7 tells of", async () => {
    const agora = createSimulatedAgora();
    const { body } = await agora.acquire(7);
    const resourceId = String(body["resourceId"]);
    agora.arm({ fault: "lose-answer", match: { call: "start" } });
    expect(await agora.begin(startRequest(resourceId, 7))).toEqual({ kind: "drop" });
    expect(agora.kinds()).toContain("recorder-joined start");
    expect(await agora.start(resourceId, 7)).toMatchObject({ status: 201, body: { code: 7 } });
  });

  test("appendix B 21: a burst of 429 hits every call for its time", async () => {
    const agora = createSimulatedAgora();
    const message = "API rate limit exceeded";
    agora.arm({ fault: "answer", status: 429, body: { message }, count: "unlimited", lastsMs: 1_000 });
    expect(await agora.acquire(7)).toMatchObject({ status: 429, body: { message } });
    agora.scheduler.advance(999);
    expect((await agora.acquire(7)).status).toBe(429);
    agora.scheduler.advance(1);
    expect((await agora.acquire(7)).status).toBe(200);
  });
});

describe("killed and silent recorders", () => {
  test.each([
    [false, 1],
    [true, 0],
  ])("a kill ends the recording at once; silent: %s tells %i leave events", async (silent, told) => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    killRecorder(agora.world, recordingOf(agora, recording.sid), silent);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).toContain("recorder-left killed");
    agora.scheduler.advance(60_000);
    expect(agora.announcements.filter(({ kind, uid }) => kind === "leave" && uid === 7)).toHaveLength(told);
  });

  test("a silent recorder stays at status 4, and a stop finds no data", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    silenceRecorder(agora.world, recordingOf(agora, recording.sid));
    agora.scheduler.advance(60_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
    expect(await agora.stop(recording)).toMatchObject({ status: 206, body: { code: 435 } });
  });
});

function window(edges: Readonly<Record<string, number>>) {
  return { uid: "1", x_axis: 0, y_axis: 0, width: 0.5, height: 1, ...edges };
}

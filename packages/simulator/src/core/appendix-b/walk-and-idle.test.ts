import { describe, expect, test } from "vitest";
import { createSimulatedAgora, mixPlan, statusOf } from "../../testing/simulated-agora.ts";
import { startRecorder } from "../recorders.ts";

describe("appendix B 12: status", () => {
  test("appendix B 12: the status walks 0 to 4, and to 5 when a slice has been recorded", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    const seen: unknown[] = [];
    for (const stepMs of [0, 50, 50, 100, 200, 999, 1]) {
      agora.scheduler.advance(stepMs);
      seen.push(statusOf(await agora.query(recording)));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 4, 5]);
  });

  test("appendix B 12: with Agora's own durations status 4 comes within seconds, 5 after 15 to 20 s", async () => {
    const agora = createSimulatedAgora({ profile: "real" });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(5_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
    agora.scheduler.advance(14_999);
    expect(statusOf(await agora.query(recording))).toBe(4);
    agora.scheduler.advance(1);
    expect(statusOf(await agora.query(recording))).toBe(5);
  });

  test("appendix B 12: with nobody there it stays at 4", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    agora.scheduler.advance(10_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
  });

  test("appendix B 12: with people who send nothing it stays at 4", async () => {
    const agora = createSimulatedAgora();
    agora.join(1, "host", "nothing");
    const recording = await agora.record(7);
    agora.scheduler.advance(60_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
  });
});

describe("appendix B 13: idle exit", () => {
  test("appendix B 13: the recorder leaves maxIdleTime after the channel became empty; 49 in the exit window, then 404", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(60_000);
    agora.leave(1);
    agora.scheduler.advance(19_999);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    agora.scheduler.advance(1);
    expect(agora.kinds()).toContain("recorder-left idle");
    expect(await agora.stop(recording)).toMatchObject({ status: 400, body: { code: 49 } });
    agora.scheduler.advance(600);
    expect(await agora.stop(recording)).toMatchObject({ status: 404, body: { code: 404 } });
    expect(await agora.update(recording, {})).toMatchObject({ status: 404, body: { code: 404 } });
    expect(await agora.query(recording)).toMatchObject({ status: 404, body: { reason: "failed to find worker" } });
  });

  test("appendix B 13: without maxIdleTime it is 30 s", async () => {
    const agora = createSimulatedAgora();
    await agora.record(7, { recordingConfig: { channelType: 0 } });
    agora.scheduler.advance(29_999);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    agora.scheduler.advance(1);
    expect(agora.kinds()).toContain("recorder-left idle");
  });

  test("somebody who comes back within maxIdleTime begins the count anew; a second recorder is nobody", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    await agora.record(7);
    await agora.record(8);
    agora.leave(1);
    agora.scheduler.advance(19_000);
    agora.join(2);
    agora.leave(2);
    agora.scheduler.advance(19_999);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    agora.scheduler.advance(1);
    expect(agora.kinds().filter((kind) => kind === "recorder-left idle")).toHaveLength(2);
  });

  test("a recorder started into an empty channel has its whole maxIdleTime", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    agora.leave(1);
    agora.scheduler.advance(60_000);
    await agora.record(7);
    agora.scheduler.advance(19_999);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    agora.scheduler.advance(1);
    expect(agora.kinds()).toContain("recorder-left idle");
  });

  test("in the live profile an audience does not keep the recorder", async () => {
    const agora = createSimulatedAgora();
    agora.join(1, "host");
    agora.join(2, "audience");
    await agora.record(7, { recordingConfig: { channelType: 1, maxIdleTime: 20 } });
    await agora.record(8, { recordingConfig: { channelType: 0, maxIdleTime: 20 } });
    agora.leave(1);
    agora.scheduler.advance(20_000);
    expect(agora.kinds().filter((kind) => kind === "recorder-left idle")).toHaveLength(1);
  });

  test("in the live profile somebody who becomes host keeps the recorder, and no longer as audience", async () => {
    const agora = createSimulatedAgora();
    agora.join(1, "audience");
    await agora.record(7, { recordingConfig: { channelType: 1, maxIdleTime: 20 } });
    agora.scheduler.advance(19_000);
    agora.role(1, "host");
    agora.scheduler.advance(60_000);
    agora.role(1, "audience");
    agora.scheduler.advance(19_999);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    agora.scheduler.advance(1);
    expect(agora.kinds()).toContain("recorder-left idle");
  });

  test("a leave with reason 5 leaves the uid in the channel", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    await agora.record(7);
    agora.leave(1, 5);
    agora.scheduler.advance(60_000);
    expect(agora.kinds()).not.toContain("recorder-left idle");
    expect(agora.announcements.at(-1)).toMatchObject({ eventType: 104, reason: 5 });
  });
});

describe("appendix B 16: resourceExpiredHour", () => {
  test.each([
    ["notFound", 404, 404],
    ["expired", 400, 433],
  ] as const)(
    "appendix B 16: after it control calls are refused (%s) while the recording lives",
    async (expiredControlAnswer, status, code) => {
      const agora = createSimulatedAgora({ switches: { expiredControlAnswer } });
      agora.join(1);
      const recording = await agora.record(7, { acquired: { resourceExpiredHour: 1 } });
      agora.scheduler.advance(3_599_999);
      expect((await agora.query(recording)).status).toBe(200);
      agora.scheduler.advance(1);
      const refused = { status, body: { code } };
      expect(await agora.query(recording)).toMatchObject(refused);
      expect(await agora.update(recording, {})).toMatchObject(refused);
      expect(await agora.update(recording, {}, "updateLayout")).toMatchObject(refused);
      expect(await agora.stop(recording)).toMatchObject(refused);
      expect(agora.kinds()).not.toContain("recorder-left stop");
    },
  );
});

describe("appendix B 25: token", () => {
  test.each([
    [true, 404],
    [false, 200],
  ])("appendix B 25: the end of the token ends the recording: %s", async (tokenExpiryEnds, status) => {
    const agora = createSimulatedAgora({ switches: { tokenExpiryEnds } });
    agora.join(1);
    const { body } = await agora.acquire(7);
    const resource = agora.world.resources.get(String(body["resourceId"]));
    if (resource === undefined) throw new Error("no resource");
    const endsAtMs = agora.scheduler.nowMs() + 60_000;
    const token = { joinEndsAtMs: endsAtMs, stayEndsAtMs: endsAtMs, isBound: true };
    const { sid } = startRecorder(agora.world, resource, { ...mixPlan, token });
    agora.scheduler.advance(59_999);
    expect((await agora.query({ resourceId: resource.resourceId, sid })).status).toBe(200);
    agora.scheduler.advance(1);
    expect((await agora.query({ resourceId: resource.resourceId, sid })).status).toBe(status);
    expect(agora.kinds().includes("recorder-left expired")).toBe(tokenExpiryEnds);
  });
});

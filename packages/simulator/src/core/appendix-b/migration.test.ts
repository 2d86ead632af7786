import { describe, expect, test } from "vitest";
import { recordingOf } from "../../testing/recording-of.ts";
import { createSimulatedAgora, mixPlan, responseOf, statusOf } from "../../testing/simulated-agora.ts";
import { orderMigration } from "../recorder-orders.ts";
import { migrateRecorder } from "../migrate-recorder.ts";
import { startRecorder } from "../recorders.ts";

type Agora = ReturnType<typeof createSimulatedAgora>;

function migrate(agora: Agora, sid: string, windowMs: number): "migrating" | "ended" {
  return migrateRecorder(agora.world, recordingOf(agora, sid), { windowMs, silent: false });
}

describe("appendix B 20: high availability", () => {
  test("appendix B 20: 404 for the window, then the same sid under a new random uid", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    migrate(agora, recording.sid, 1_000);
    const notFound = { status: 404, body: { code: 404, reason: "failed to find worker" } };
    expect(await agora.query(recording)).toMatchObject(notFound);
    expect(await agora.update(recording, {})).toMatchObject(notFound);
    expect(await agora.update(recording, {}, "updateLayout")).toMatchObject(notFound);
    expect(await agora.stop(recording)).toMatchObject(notFound);
    agora.scheduler.advance(999);
    expect((await agora.query(recording)).status).toBe(404);
    agora.scheduler.advance(1);
    expect(statusOf(await agora.query(recording))).toBe(5);
    const joined = agora.lines.filter((line) => line.kind === "recorder-joined").at(-1);
    expect(joined).toMatchObject({ sid: recording.sid, cause: "migration" });
    expect(joined?.uid).not.toBe(7);
    expect(joined?.uid).toBeLessThan(4_000_000_000);
    expect((await agora.stop(recording)).status).toBe(200);
  });

  test("appendix B 20: the window is 30 to 90 s, and a query inside it is 404", async () => {
    const windowsMs: number[] = [];
    for (let seed = 1; seed <= 50; seed += 1) {
      const movedAtMs: number[] = [];
      const agora = createSimulatedAgora({
        profile: "real",
        seed,
        onRecord: (line) => {
          const isMove = line.kind === "recorder-left" || line.kind === "recorder-joined";
          if (isMove && line.cause === "migration") movedAtMs.push(agora.scheduler.nowMs());
        },
      });
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(60_000);
      orderMigration(agora.world, { sid: recording.sid }, { silent: false });
      expect((await agora.query(recording)).status).toBe(404);
      agora.scheduler.advance(29_999);
      expect((await agora.query(recording)).status).toBe(404);
      agora.scheduler.advance(60_001);
      expect((await agora.query(recording)).status).toBe(200);
      const [leftAtMs = 0, joinedAtMs = 0] = movedAtMs;
      windowsMs.push(joinedAtMs - leftAtMs);
    }
    for (const windowMs of windowsMs) {
      expect(windowMs).toBeGreaterThanOrEqual(30_000);
      expect(windowMs).toBeLessThanOrEqual(90_000);
    }
    // The whole range is drawn from.
    expect(Math.min(...windowsMs)).toBeLessThan(40_000);
    expect(Math.max(...windowsMs)).toBeGreaterThan(80_000);
  });

  test("appendix B 20: the n-th migration begins files with bak<n - 1>_", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7, { recordingFileConfig: { avFileType: ["hls", "mp4"] } });
    agora.scheduler.advance(2_000);
    for (const _ of [1, 2]) {
      migrate(agora, recording.sid, 100);
      agora.scheduler.advance(2_000);
    }
    const base = `${recording.sid}_room`;
    const names = [`${base}_0.mp4`, `bak0_${base}_0.mp4`, `bak1_${base}_0.mp4`, `${base}.m3u8`, `bak0_${base}.m3u8`];
    expect(responseOf(await agora.query(recording))).toMatchObject({
      fileList: [...names, `bak1_${base}.m3u8`].map((fileName) => ({ fileName })),
    });
  });

  test("appendix B 20: the fourth migration ends the recording", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    for (const _ of [1, 2, 3]) {
      expect(migrate(agora, recording.sid, 100)).toBe("migrating");
      agora.scheduler.advance(100);
    }
    expect(migrate(agora, recording.sid, 100)).toBe("ended");
    agora.scheduler.advance(60_000);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds().filter((kind) => kind === "recorder-joined migration")).toHaveLength(3);
  });

  test.each([
    ["original", 200, 400],
    ["new", 400, 200],
    ["both", 200, 200],
  ] as const)("after it update and stop take the %s uid", async (controlUidAfterMigration, withOld, withNew) => {
    for (const [isNew, status] of [
      [false, withOld],
      [true, withNew],
    ] as const) {
      const agora = createSimulatedAgora({ switches: { controlUidAfterMigration } });
      agora.join(1);
      const recording = await agora.record(7);
      migrate(agora, recording.sid, 1_000);
      agora.scheduler.advance(5_000);
      const uid = isNew ? recordingOf(agora, recording.sid).uid : 7;
      expect((await agora.update({ ...recording, uid }, {})).status).toBe(status);
      expect((await agora.stop({ ...recording, uid })).status).toBe(status);
    }
  });

  test.each([false, true])("after it query shows the new uid: %s", async (queryShowsNewUid) => {
    const agora = createSimulatedAgora({ switches: { queryShowsNewUid } });
    const recording = await agora.record(7);
    migrate(agora, recording.sid, 100);
    agora.scheduler.advance(100);
    const { uid } = recordingOf(agora, recording.sid);
    expect((await agora.query(recording)).body["uid"]).toBe(queryShowsNewUid ? String(uid) : "7");
  });

  test.each([
    ["kept", 5],
    ["walksAgain", 0],
  ] as const)("after it the status is %s: %i", async (statusAfterMigration, status) => {
    const agora = createSimulatedAgora({ switches: { statusAfterMigration } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    migrate(agora, recording.sid, 100);
    agora.scheduler.advance(100);
    expect(statusOf(await agora.query(recording))).toBe(status);
  });

  test.each([
    [false, true, 200],
    [true, true, 404],
    [true, false, 200],
  ])("migrationChecksToken %s, token bound to its uid %s: %i", async (migrationChecksToken, isBound, status) => {
    const agora = createSimulatedAgora({ switches: { migrationChecksToken } });
    const { body } = await agora.acquire(7);
    const resource = agora.world.resources.get(String(body["resourceId"]));
    if (resource === undefined) throw new Error("no resource");
    const endsAtMs = agora.scheduler.nowMs() + 3_600_000;
    const token = { joinEndsAtMs: endsAtMs, stayEndsAtMs: endsAtMs, isBound };
    const { sid } = startRecorder(agora.world, resource, { ...mixPlan, token });
    migrate(agora, sid, 100);
    agora.scheduler.advance(100);
    expect((await agora.query({ resourceId: resource.resourceId, sid })).status).toBe(status);
  });

  test("a channel that emptied meanwhile does not keep the recorder longer than maxIdleTime from then", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.leave(1);
    agora.scheduler.advance(19_000);
    migrate(agora, recording.sid, 3_000);
    agora.scheduler.advance(3_000);
    expect(agora.kinds().slice(-2)).toEqual(["recorder-joined migration", "recorder-left idle"]);
  });

  test.each([
    [true, 10],
    [false, undefined],
  ])("the new uid's join says clientType 10: %s", async (migrationJoinClientType, clientType) => {
    const agora = createSimulatedAgora({ switches: { migrationJoinClientType } });
    agora.join(1);
    const recording = await agora.record(7);
    migrate(agora, recording.sid, 100);
    agora.scheduler.advance(100);
    expect(agora.announcements.at(-1)).toMatchObject({ eventType: 103, platform: 6 });
    expect(agora.announcements.at(-1)?.clientType).toBe(clientType);
  });
});

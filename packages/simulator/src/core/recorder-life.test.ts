import { describe, expect, test } from "vitest";
import { controlPath, createSimulatedAgora, mixPlan, statusOf } from "../testing/simulated-agora.ts";
import { killRecorder, migrateRecorder, startRecorder } from "./recorders.ts";
import type { Recording } from "./world.ts";

type Agora = ReturnType<typeof createSimulatedAgora>;

function recordingOf(agora: Agora, sid: string): Recording {
  const recording = agora.world.recordings.get(sid);
  if (recording === undefined) throw new Error(`no recording ${sid}`);
  return recording;
}

describe("query (rules 12, 16, 23)", () => {
  test("the status walks 0 to 4, and to 5 when a slice has been recorded", async () => {
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

  test("with nobody there it stays at 4", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    agora.scheduler.advance(10_000);
    expect(statusOf(await agora.query(recording))).toBe(4);
  });

  test("the file list is empty before the first slice and carries the sid after it", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    expect((await agora.query(recording)).body["serverResponse"]).toMatchObject({
      fileListMode: "string",
      fileList: "",
    });
    agora.scheduler.advance(2_000);
    const { body } = await agora.query(recording);
    expect(body["serverResponse"]).toMatchObject({ fileList: `${recording.sid}_room.m3u8` });
  });

  test("individual mode lists one audio and one video file per participant", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7, { mode: "individual" });
    agora.scheduler.advance(2_000);
    const answer = await agora.call({ method: "GET", path: controlPath(recording, "query", "individual") });
    const files = [
      { uid: "1", trackType: "audio" },
      { uid: "1", trackType: "video" },
    ];
    expect(answer.body["serverResponse"]).toMatchObject({ fileListMode: "json", fileList: files });
  });

  test.each([
    ["notFound", 404, 404],
    ["expired", 400, 433],
  ] as const)(
    "after resourceExpiredHour control calls are refused (%s) while the recorder lives on",
    async (expiredControlAnswer, status, code) => {
      const agora = createSimulatedAgora({ switches: { expiredControlAnswer } });
      agora.join(1);
      const { body } = await agora.acquire(7, { resourceExpiredHour: 1 });
      const resourceId = String(body["resourceId"]);
      const started = await agora.start(resourceId, 7);
      const recording = { resourceId, sid: String(started.body["sid"]), uid: 7 };
      agora.scheduler.advance(3_599_999);
      expect((await agora.query(recording)).status).toBe(200);
      agora.scheduler.advance(1);
      expect(await agora.query(recording)).toMatchObject({ status, body: { code } });
      expect(await agora.stop(recording)).toMatchObject({ status, body: { code } });
      expect(agora.kinds()).not.toContain("recorder-left stop");
    },
  );

  test("a sid of another resource is 400/1003, one that nobody knows 404", async () => {
    const agora = createSimulatedAgora();
    const [one, two] = [await agora.record(7), await agora.record(8)];
    expect((await agora.query({ resourceId: one.resourceId, sid: two.sid })).body["code"]).toBe(1003);
    expect((await agora.query({ resourceId: one.resourceId, sid: "f".repeat(32) })).body["code"]).toBe(404);
  });
});

describe("idle exit (rule 13)", () => {
  test("the recorder leaves maxIdleTime after the channel became empty, not earlier", async () => {
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
    expect((await agora.query(recording)).status).toBe(404);
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

describe("stop (rules 17 to 19)", () => {
  test("the recorder leaves at once; a second stop is 400/49, and 404 after the exit window", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    expect((await agora.stop(recording)).status).toBe(200);
    expect(agora.kinds().slice(-2)).toEqual(["recorder-left stop", "request"]);
    expect((await agora.stop(recording)).body["code"]).toBe(49);
    expect(statusOf(await agora.query(recording))).toBe(6);
    agora.scheduler.advance(600);
    expect((await agora.stop(recording)).body["code"]).toBe(404);
  });

  test("a stop with nothing recorded is 206/435 and ends the recording", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    agora.scheduler.advance(5_000);
    expect(await agora.stop(recording)).toMatchObject({ status: 206, body: { code: 435, reason: "no recorded data" } });
    expect(agora.kinds()).toContain("recorder-left stop");
  });

  test.each([65, 50] as const)(
    "a synchronous stop answers after the upload, or 206 (%i) when that takes too long",
    async (code) => {
      const agora = createSimulatedAgora({ switches: { syncStopLimitCode: code } });
      agora.join(1);
      const { resourceId, sid } = await agora.record(7);
      agora.scheduler.advance(1_000);
      const request = {
        path: controlPath({ resourceId, sid }, "stop"),
        body: { cname: "room", uid: "7", clientRequest: {} },
      };
      let isAnswered = false;
      const quick = agora.begin(request).finally(() => {
        isAnswered = true;
      });
      agora.scheduler.advance(299);
      await Promise.resolve();
      expect(isAnswered).toBe(false);
      agora.scheduler.advance(1);
      expect(await quick).toMatchObject({ status: 200, body: { serverResponse: { uploadingStatus: "uploaded" } } });

      agora.world.settings = {
        ...agora.world.settings,
        durations: { ...agora.world.settings.durations, syncStopUploadMs: 9_999 },
      };
      const other = await agora.record(8);
      agora.scheduler.advance(1_000);
      const slow = agora.begin({
        path: controlPath(other, "stop"),
        body: { cname: "room", uid: "8", clientRequest: {} },
      });
      agora.scheduler.advance(2_000);
      expect(await slow).toMatchObject({ status: 206, body: { code } });
    },
  );

  test("cname or uid that do not fit are refused 432 and stop nothing", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    expect(await agora.stop({ ...recording, uid: 8 })).toMatchObject({ status: 400, body: { code: 432 } });
    expect(agora.kinds()).not.toContain("recorder-left stop");
  });
});

describe("update (rule 22)", () => {
  test("update echoes the ids; updateLayout exists in mix only", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    const body = { cname: "room", uid: "7", clientRequest: {} };
    const updated = await agora.call({ path: controlPath(recording, "update"), body });
    expect(updated).toMatchObject({ status: 200, body: { resourceId: recording.resourceId, sid: recording.sid } });
    expect((await agora.call({ path: controlPath(recording, "updateLayout"), body })).status).toBe(200);
    const individual = await agora.call({ path: controlPath(recording, "updateLayout", "individual"), body });
    expect(individual).toMatchObject({ status: 400, body: { code: 2 } });
  });
});

describe("migration (rule 20)", () => {
  test("404 for the window, then the same sid under a new uid outside autorec's range", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 1_000, silent: false });
    expect((await agora.query(recording)).status).toBe(404);
    expect((await agora.stop(recording)).status).toBe(404);
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

  test.each([
    ["original", 200, 400],
    ["new", 400, 200],
    ["both", 200, 200],
  ] as const)("after it stop takes the %s uid", async (controlUidAfterMigration, withOld, withNew) => {
    for (const [isNew, status] of [
      [false, withOld],
      [true, withNew],
    ] as const) {
      const agora = createSimulatedAgora({ switches: { controlUidAfterMigration } });
      agora.join(1);
      const recording = await agora.record(7);
      migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 1_000, silent: false });
      agora.scheduler.advance(5_000);
      const uid = isNew ? recordingOf(agora, recording.sid).uid : 7;
      expect((await agora.stop({ ...recording, uid })).status).toBe(status);
    }
  });

  test("the fourth migration ends the recording", () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    return agora.record(7).then(async (recording) => {
      for (let time = 1; time <= 3; time += 1) {
        expect(migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 100, silent: false })).toBe(
          "migrating",
        );
        agora.scheduler.advance(100);
      }
      expect(migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 100, silent: false })).toBe(
        "ended",
      );
      agora.scheduler.advance(60_000);
      expect((await agora.query(recording)).status).toBe(404);
      expect(agora.kinds().filter((kind) => kind === "recorder-joined migration")).toHaveLength(3);
    });
  });

  test("a channel that emptied meanwhile does not keep the recorder longer than maxIdleTime from then", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.leave(1);
    agora.scheduler.advance(19_000);
    migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 3_000, silent: false });
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
    migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 100, silent: false });
    agora.scheduler.advance(100);
    expect(agora.announcements.at(-1)).toMatchObject({ eventType: 103, platform: 6 });
    expect(agora.announcements.at(-1)?.clientType).toBe(clientType);
  });

  test("the status walks again when the switch says so", async () => {
    const agora = createSimulatedAgora({ switches: { statusAfterMigration: "walksAgain" } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(2_000);
    migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 100, silent: false });
    agora.scheduler.advance(100);
    expect(statusOf(await agora.query(recording))).toBe(0);
  });
});

describe("killed recorders and tokens (rule 25)", () => {
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

  test.each([
    [true, 404],
    [false, 200],
  ])("the end of the token ends the recording: %s", async (tokenExpiryEnds, status) => {
    const agora = createSimulatedAgora({ switches: { tokenExpiryEnds } });
    agora.join(1);
    const { body } = await agora.acquire(7);
    const resource = agora.world.resources.get(String(body["resourceId"]));
    if (resource === undefined) throw new Error("no resource");
    const tokenEndsAtMs = agora.scheduler.nowMs() + 60_000;
    const plan = { ...mixPlan, token: { endsAtMs: tokenEndsAtMs, isBound: true } };
    const { sid } = startRecorder(agora.world, resource, plan);
    agora.scheduler.advance(59_999);
    expect((await agora.query({ resourceId: resource.resourceId, sid })).status).toBe(200);
    agora.scheduler.advance(1);
    expect((await agora.query({ resourceId: resource.resourceId, sid })).status).toBe(status);
    expect(agora.kinds().includes("recorder-left expired")).toBe(tokenExpiryEnds);
  });

  test("the uid of a killed recorder can be started again", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    killRecorder(agora.world, recordingOf(agora, recording.sid), true);
    expect((await agora.record(7)).started.status).toBe(200);
  });
});

describe("announcements", () => {
  test("recorders are 103/104 with clientType 10, or 107/108 without", async () => {
    for (const [recorderEvents, join, leave, clientType] of [
      ["live", 103, 104, 10],
      ["communication", 107, 108, undefined],
    ] as const) {
      const agora = createSimulatedAgora({ switches: { recorderEvents } });
      agora.join(1);
      const recording = await agora.record(7);
      await agora.stop(recording);
      const told = agora.announcements.filter(({ uid }) => uid === 7);
      expect(told.map(({ eventType }) => eventType)).toEqual([join, leave]);
      expect(told.map((event) => event.clientType)).toEqual([clientType, clientType]);
    }
  });

  test("clientSeq grows per uid even within a millisecond", () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    agora.leave(1);
    agora.join(1);
    const sequence = agora.announcements.filter(({ uid }) => uid === 1).map(({ clientSeq }) => clientSeq ?? 0);
    expect(sequence).toEqual([sequence[0], (sequence[0] ?? 0) + 1, (sequence[0] ?? 0) + 2]);
  });

  test("101 comes before the first member and 102 after the last, recorders included", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.leave(1);
    await agora.stop(recording);
    expect(agora.announcements.map(({ eventType }) => eventType)).toEqual([101, 103, 103, 104, 104, 102]);
  });
});

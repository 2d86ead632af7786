import { describe, expect, test } from "vitest";
import { migrateRecorder } from "../core/migrate-recorder.ts";
import { failRecorder, kickRecorder, killRecorder, silenceRecorder } from "../core/recorders.ts";
import type { Recording } from "../core/recording.ts";
import type { World } from "../core/world.ts";
import type { SimulatorSwitches } from "../settings/switches.ts";
import { documentedEvents, recordingPayloadSchema } from "../testing/notification-schemas.ts";
import type { SettingsPatch, StartedRecording } from "../testing/simulated-agora.ts";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";
import type { Notification } from "./envelope.ts";
import { createRecordingEvents } from "./recording-events.ts";
import { recordingEvents, recordingEventTypes } from "./recording-event-table.ts";

const individual = { mode: "individual", recordingConfig: { channelType: 0, subscribeUidGroup: 0, maxIdleTime: 20 } };
const rtmpUrl = "rtmp://live.example.org/app/key";

function bench(patch: SettingsPatch = {}) {
  const told: Notification[] = [];
  const agora = createSimulatedAgora({
    ...patch,
    observers: [createRecordingEvents({ world: () => agora.world, tell: (notification) => told.push(notification) })],
  });
  return {
    agora,
    told,
    types: () => told.map(({ eventType }) => eventType),
    details: (eventType: number) =>
      told.filter((notification) => notification.eventType === eventType).map(({ payload }) => payload["details"]),
    live: ({ sid }: StartedRecording) => {
      const recording = agora.world.recordings.get(sid);
      if (recording === undefined) throw new Error(`no recording ${sid}`);
      return recording;
    },
  };
}
type Bench = ReturnType<typeof bench>;

const switchesOf = (switches: Partial<SimulatorSwitches>): SettingsPatch => ({ switches });

/** Whatever can happen to recordings, each ending in events that the table of E 3.2 has. */
const scenes: readonly {
  readonly name: string;
  readonly tells: readonly number[];
  readonly patch?: SettingsPatch;
  readonly play: (bench: Bench) => Promise<void>;
}[] = [
  {
    name: "a mix recording that is stopped",
    tells: [30, 40, 43, 44, 42, 4, 33, 41, 33, 33, 31, 11],
    play: async ({ agora }) => {
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(3_500);
      await agora.stop(recording);
      agora.scheduler.advance(1_000);
    },
  },
  {
    name: "files that went through the backup cloud",
    tells: [30, 40, 43, 44, 42, 4, 41, 33, 2, 32, 11],
    patch: { backupBuckets: ["bucket"] },
    play: async ({ agora }) => {
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(2_000);
      await agora.stop(recording);
      agora.scheduler.advance(1_000);
    },
  },
  {
    name: "a recorder that moves",
    tells: [30, 40, 43, 44, 42, 41, 12, 30, 40, 43, 44, 42],
    play: async ({ agora, live }) => {
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(900);
      migrateRecorder(agora.world, live(recording), { windowMs: 100, silent: false });
      agora.scheduler.advance(500);
    },
  },
  {
    name: "somebody who mutes",
    tells: [30, 40, 43, 44, 42, 42, 43, 44],
    play: async ({ agora }) => {
      agora.join(1);
      await agora.record(7, individual);
      agora.scheduler.advance(500);
      agora.leave(1);
    },
  },
  {
    name: "a start that is repeated, and a second stop",
    tells: [30, 40, 3, 41, 11, 3],
    play: async ({ agora }) => {
      const recording = await agora.record(7);
      await agora.start(recording.resourceId, 7);
      await agora.stop(recording);
      await agora.stop(recording);
    },
  },
  {
    name: "wrong storage keys",
    tells: [30, 40, 1, 41, 11],
    patch: { brokenBuckets: ["bucket"] },
    play: async ({ agora }) => {
      await agora.record(7);
      agora.scheduler.advance(1_000);
    },
  },
  {
    name: "pictures of those who are seen",
    tells: [30, 40, 44, 42, 45, 33, 45, 33],
    play: async ({ agora }) => {
      agora.join(1);
      await agora.record(7, {
        mode: "individual",
        recordingConfig: { channelType: 0, streamTypes: 1, subscribeUidGroup: 0 },
        request: { snapshotConfig: { captureInterval: 5, fileType: ["jpg"] } },
      });
      agora.scheduler.advance(6_000);
    },
  },
  {
    name: "a page that is pushed, paused and stopped",
    tells: [30, 70, 100, 100, 4, 100, 71, 33, 33, 31, 11],
    play: async ({ agora }) => {
      const recording = await agora.record(7, { mode: "web", rtmpUrl });
      agora.scheduler.advance(1_900);
      await agora.update(recording, { webRecordingConfig: { onhold: true } });
      await agora.stop(recording);
      agora.scheduler.advance(1_000);
    },
  },
  {
    name: "a page that is too much for the recorder",
    tells: [30, 70, 72, 1, 71, 11],
    patch: { web: { heavyUrls: ["https://page.example.org"] } },
    play: async ({ agora }) => {
      await agora.record(7, { mode: "web" });
      agora.scheduler.advance(1_000);
    },
  },
  {
    name: "a page that never is ready",
    tells: [30, 70, 73, 1, 71, 11],
    patch: { web: { unreadyUrls: ["https://page.example.org"] } },
    play: async ({ agora }) => {
      await agora.record(7, { mode: "web", page: { readyTimeout: 1 } });
      agora.scheduler.advance(3_000);
    },
  },
  {
    name: "a start with haRegisteredEvent",
    tells: [30, 40, 13],
    patch: switchesOf({ haRegisteredEvent: true }),
    play: async ({ agora }) => {
      await agora.record(7);
    },
  },
];

describe("events of product 3", () => {
  test.each(scenes)("$name is told in the documented order and form", async ({ patch, tells, play }) => {
    const stage = bench(patch);
    await play(stage);
    expect(stage.types()).toEqual(tells);
    for (const { eventType, payload, sid } of stage.told) {
      // As a receiver reads it.
      const read: unknown = JSON.parse(JSON.stringify(payload));
      expect(recordingPayloadSchema(eventType).parse(read)).toMatchObject({ cname: "room", sid });
    }
  });

  test.each(recordingEventTypes)("event %i is in the table of the reference, and some scene tells it", (eventType) => {
    const row = Object.entries(recordingEvents).find(([number]) => Number(number) === eventType)?.[1];
    const { msgName, serviceType } = documentedEvents.get(eventType) ?? {};
    expect(row).toEqual({ msgName, serviceType });
    expect(scenes.flatMap(({ tells }) => tells)).toContain(eventType);
  });

  test("the sequence counts per sid, or per serviceType", async () => {
    const perSid = bench();
    await perSid.agora.record(7);
    await perSid.agora.record(8, { cname: "hall" });
    expect(perSid.told.map(({ payload }) => payload["sequence"])).toEqual([0, 1, 0, 1]);

    const perType = bench(switchesOf({ recordingSequence: "perServiceType" }));
    perType.agora.join(1);
    await perType.agora.record(7);
    perType.agora.scheduler.advance(500);
    expect(perType.told.map(({ eventType, payload }) => [eventType, payload["sequence"]])).toEqual([
      [30, 0],
      [40, 0],
      [43, 1],
      [44, 2],
      [42, 3],
    ]);
  });

  test.each([
    ["mix", {}, "rtc_record"],
    ["individual", { request: { snapshotConfig: { fileType: ["jpg"] } } }, "rtc_snapshot"],
    ["web", {}, "web_record"],
  ] as const)("with serviceScene a recording of mode %s says so", async (mode, options, scene) => {
    const recordingConfig = { channelType: 0, streamTypes: mode === "individual" ? 1 : 2, subscribeUidGroup: 0 };
    for (const serviceScene of [false, true]) {
      const { agora, told } = bench(switchesOf({ serviceScene }));
      await agora.record(7, { mode, recordingConfig, ...options });
      expect(told.length).toBeGreaterThan(0);
      for (const { payload } of told) expect(payload["serviceScene"]).toBe(serviceScene ? scene : undefined);
    }
  });

  test("status is a number, or with statusAsText a text", async () => {
    for (const [statusAsText, status] of [
      [false, 0],
      [true, "0"],
    ] as const) {
      const { agora, details } = bench(switchesOf({ statusAsText }));
      await agora.record(7);
      expect([...details(30), ...details(40)]).toMatchObject([{ status }, { status }]);
    }
  });

  test.each([
    [0, 0, 1],
    [1, 1, 0],
  ] as const)("individualModeNumber %i numbers the modes of event 3", async (individualModeNumber, first, second) => {
    const { agora, details } = bench(switchesOf({ individualModeNumber }));
    for (const [uid, options] of [
      [7, individual],
      [8, {}],
    ] as const) {
      const { resourceId } = await agora.record(uid, options);
      await agora.start(resourceId, uid, options);
    }
    expect(details(3)).toMatchObject([{ recordingMode: first }, { recordingMode: second }]);
  });
});

describe("what a recorder's leave says", () => {
  const leaveCode = (stage: Bench) => stage.details(41);
  const recorded = async () => {
    const stage = bench();
    stage.agora.join(1);
    return { ...stage, recording: await stage.agora.record(7) };
  };

  test("a stop is 16", async () => {
    const stage = await recorded();
    await stage.agora.stop(stage.recording);
    expect(leaveCode(stage)).toEqual([{ msgName: "recorder_leave", leaveCode: 16 }]);
  });

  test.each<readonly [string, number, (world: World, recording: Recording) => void]>([
    ["a process that ended", 2, (world, recording) => killRecorder(world, recording, false)],
    ["one that was thrown out", 2, kickRecorder],
    ["one that could not work", 0, (world, recording) => failRecorder(world, recording, "storage")],
    ["one that moves", 2, (world, recording) => void migrateRecorder(world, recording, { windowMs: 1, silent: false })],
  ])("%s is %i", async (_, code, end) => {
    const stage = await recorded();
    end(stage.agora.world, stage.live(stage.recording));
    expect(leaveCode(stage)).toMatchObject([{ leaveCode: code }]);
  });

  test("nobody there for maxIdleTime is 4", async () => {
    const stage = await recorded();
    stage.agora.leave(1);
    stage.agora.scheduler.advance(20_000);
    expect(leaveCode(stage)).toMatchObject([{ leaveCode: 4 }]);
  });

  test("nobody hears of a recorder that was killed in silence, nor of one that works in vain", async () => {
    for (const end of ["kill", "silence"] as const) {
      const { agora, told, live } = bench();
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(1_500);
      const before = told.length;
      if (end === "kill") killRecorder(agora.world, live(recording), true);
      else silenceRecorder(agora.world, live(recording));
      agora.scheduler.advance(10_000);
      expect(told.length).toBe(before);
    }
  });

  test("after a migration events carry the new uid, go on counting, and tell the gap", async () => {
    const { agora, told, live, details } = bench();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    migrateRecorder(agora.world, live(recording), { windowMs: 250, silent: false });
    const leftAtMs = agora.scheduler.nowMs();
    agora.scheduler.advance(1_000);
    const newUid = live(recording).uid;
    const failover = told.findIndex(({ eventType }) => eventType === 12);
    expect(told[failover]?.payload["details"]).toEqual({ msgName: "session_failover", newUid });
    expect(told.map(({ payload }) => payload["uid"])).toEqual(
      told.map((_, at) => (at < failover ? "7" : String(newUid))),
    );
    expect(told.map(({ payload }) => payload["sequence"])).toEqual(told.map((_, at) => at));
    expect(details(42)).toMatchObject([
      { startUtcMs: leftAtMs - 600, discontinueUtcMs: leftAtMs - 600 },
      { startUtcMs: leftAtMs + 250, discontinueUtcMs: leftAtMs },
    ]);
  });

  test.each<readonly [number, string, SettingsPatch]>([
    [0, "ok", {}],
    [1, "max_recording_hour", {}],
    [5, "access_url_failed", { web: { failingUrls: ["https://page.example.org"] } }],
  ])("a page's recorder stops with code %i, %s", async (code, message, patch) => {
    const { agora, details } = bench(patch);
    const recording = await agora.record(7, { mode: "web", page: { maxRecordingHour: 1 } });
    agora.scheduler.advance(1_000);
    if (code === 0) await agora.stop(recording);
    agora.scheduler.advance(3_600_000);
    expect(details(71)).toMatchObject([{ code, message }]);
  });
});

describe("which files the events name", () => {
  const recordPage = async (patch: SettingsPatch) => {
    const stage = bench(patch);
    const recording = await stage.agora.record(7, { mode: "web" });
    stage.agora.scheduler.advance(2_000);
    await stage.agora.stop(recording);
    stage.agora.scheduler.advance(1_000);
    return { ...stage, name: `${recording.sid}_room.m3u8` };
  };

  test.each(["filename", "fileName"] as const)("event 71 names its files by webStoppedFileKey %s", async (key) => {
    const { details, name } = await recordPage(switchesOf({ webStoppedFileKey: key }));
    expect(details(71)).toMatchObject([{ fileList: [{ [key]: name }] }]);
  });

  test("a page's upload lists its files, or with webFilesEvent absent none", async () => {
    const { details, name } = await recordPage({});
    expect(details(31)).toMatchObject([{ fileList: [{ fileName: name }] }]);
    expect((await recordPage(switchesOf({ webFilesEvent: "absent" }))).details(31)[0]).not.toHaveProperty("fileList");
  });

  test("individual mode names each stream's file, pictures their folder", async () => {
    const { agora, details } = bench();
    agora.join(1);
    const recording = await agora.record(7, individual);
    agora.scheduler.advance(2_000);
    await agora.stop(recording);
    agora.scheduler.advance(1_000);
    const name = (type: string): string => `${recording.sid}_room__uid_s_1__uid_e_${type}.m3u8`;
    expect(details(4)).toMatchObject([{ fileList: name("audio") }]);
    expect(details(31)).toMatchObject([
      { fileList: [{ fileName: name("audio"), uid: "1" }, { fileName: name("video") }] },
    ]);

    const storageConfig = {
      vendor: 1,
      region: 0,
      bucket: "b",
      accessKey: "planted-key",
      secretKey: "planted-key",
      fileNamePrefix: ["a", "b"],
    };
    const pictures = await agora.record(8, {
      mode: "individual",
      recordingConfig: { channelType: 0, streamTypes: 1, subscribeUidGroup: 0 },
      request: { storageConfig, snapshotConfig: { captureInterval: 5, fileType: ["jpg"] } },
    });
    agora.scheduler.advance(1_000);
    expect(JSON.stringify(details(45))).toMatch(
      /"fileName":"a\/b\/[0-9a-f]{32}_room__uid_s_1__uid_e_video_\d{17}\.jpg"/,
    );
    await agora.stop(pictures);
    agora.scheduler.advance(1_000);
    expect(details(31).at(-1)).toMatchObject({ fileList: [] });
    expect(details(4)).toHaveLength(1);
  });
});

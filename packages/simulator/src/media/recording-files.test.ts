import { describe, expect, test, vi } from "vitest";
import { acquire } from "../core/acquire-call.ts";
import { joinParticipant, leaveParticipant } from "../core/participants.ts";
import { migrateRecorder } from "../core/migrate-recorder.ts";
import { endRecorder, failRecorder, kickRecorder, killRecorder, silenceRecorder } from "../core/recorders.ts";
import type { Recording, RecordingMode, UploadResult } from "../core/recording.ts";
import { start } from "../core/start-call.ts";
import { setUploadResult, whenUploaded } from "../core/uploads.ts";
import { setOnhold } from "../core/web-page.ts";
import type { World } from "../core/world.ts";
import { createWorld } from "../core/world.ts";
import { mediaSettingsSchema } from "../settings/media.ts";
import type { SimulatorSettingsInput } from "../settings/simulator-settings.ts";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";
import { createMedia } from "./create-media.ts";
import type { FileStore, OutgoingFile, StoreResult } from "./file-store.ts";

const appId = "0123456789abcdef0123456789abcdef";
const channelName = "room 1";

describe("mode mix", () => {
  test("slices and playlist cover exactly the time in which somebody was there", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(3_250);
    agora.leave(1);
    agora.advance(5_000);
    agora.join(2);
    agora.advance(700);
    expect(await agora.end(recording)).toBe("uploaded");
    const base = `${recording.sid}_room 1`;
    expect(agora.names()).toEqual([
      `${base}.m3u8`,
      ...[0, 1_000, 2_000, 3_000, 8_250].map((ms) => `${base}_${digits(agora.startMs + ms)}.ts`),
    ]);
    expect(agora.playlist(`${base}.m3u8`)).toEqual({
      durations: [1, 1, 1, 0.25, 0.7],
      starts: [agora.startMs, agora.startMs + 8_250],
      isEnded: true,
    });
  });

  test("the playlist is rewritten after each slice and never names one that is not there", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(2_000);
    const name = `${recording.sid}_room 1.m3u8`;
    await vi.waitFor(() => {
      expect(agora.playlist(name).durations).toEqual([1, 1]);
    });
    expect(agora.playlist(name).isEnded).toBe(false);
    const order = agora.puts.map((put) => put.replace(/.*\./, ""));
    expect(order).toEqual(["ts", "m3u8", "ts", "m3u8"]);
  });

  test("an MP4 is written when it is full and at the end, whole", async () => {
    const agora = createRecordedAgora({ media: { mp4MsMax: 2_000 } });
    const recording = agora.record("mix", { recordingFileConfig: { avFileType: ["hls", "mp4"] } });
    agora.join(1);
    agora.advance(3_500);
    await vi.waitFor(() => {
      expect(agora.names()).toContain(`${recording.sid}_room 1_0.mp4`);
    });
    expect(agora.names()).not.toContain(`${recording.sid}_room 1_1.mp4`);
    await agora.end(recording);
    expect(agora.names()).toContain(`${recording.sid}_room 1_1.mp4`);
  });

  test("what flows changes from audio to both without leaving the playlist", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1, "audio");
    agora.advance(400);
    agora.join(2);
    agora.advance(600);
    await agora.end(recording);
    const text = agora.text(`${recording.sid}_room 1.m3u8`);
    expect(text.match(/TRACK_TYPE=\w+/g)).toEqual(["TRACK_TYPE=AUDIO", "TRACK_TYPE=AUDIO", "TRACK_TYPE=VIDEO"]);
  });
});

describe("a recorder that does not end in order", () => {
  test("was killed: what it had not uploaded is lost, and its playlist has no end", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(2_600);
    killRecorder(agora.world, recording, false);
    await agora.settled();
    expect(agora.playlist(`${recording.sid}_room 1.m3u8`)).toMatchObject({ durations: [1, 1], isEnded: false });
  });

  test("was moved: the next one writes bak0_ files, and only those end", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix", { recordingFileConfig: { avFileType: ["hls", "mp4"] } });
    agora.join(1);
    agora.advance(1_500);
    migrateRecorder(agora.world, recording, { windowMs: 2_000, silent: false });
    agora.advance(2_000 + 1_200);
    await agora.end(recording);
    const base = `${recording.sid}_room 1`;
    expect(agora.playlist(`${base}.m3u8`)).toMatchObject({ durations: [1], isEnded: false });
    expect(agora.playlist(`bak0_${base}.m3u8`)).toEqual({
      durations: [1, 0.2],
      starts: [agora.startMs + 3_500],
      isEnded: true,
    });
    expect(agora.names().filter((name) => name.endsWith(".mp4"))).toEqual([`${base}_0.mp4`, `bak0_${base}_0.mp4`]);
  });

  test("was thrown out of its channel: its files are closed and uploaded", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(1_300);
    kickRecorder(agora.world, recording);
    await agora.settled();
    expect(agora.playlist(`${recording.sid}_room 1.m3u8`)).toMatchObject({ durations: [1, 0.3], isEnded: true });
  });

  test("fell silent: it lives and writes nothing more", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(1_000);
    silenceRecorder(agora.world, recording);
    agora.advance(60_000);
    await agora.settled();
    expect(recording.phase.name).toBe("live");
    expect(agora.names().filter((name) => name.endsWith(".ts"))).toHaveLength(1);
  });
});

describe("mode individual", () => {
  test("each user has an audio and a video playlist, in standard mode a merged one too", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("individual", { recordingConfig: { streamMode: "standard" } });
    agora.join(11);
    agora.advance(500);
    agora.join(12, "audio");
    agora.advance(500);
    await agora.end(recording);
    const list = (uid: number, type: string): string =>
      `${recording.sid}_room 1__uid_s_${String(uid)}__uid_e_${type}.m3u8`;
    expect(agora.names().filter((name) => name.endsWith(".m3u8"))).toEqual([
      list(11, "audio"),
      list(11, "av"),
      list(11, "video"),
      list(12, "audio"),
    ]);
    expect(agora.playlist(list(12, "audio"))).toMatchObject({ durations: [0.5], starts: [agora.startMs + 500] });
    expect(agora.text(list(11, "av"))).toContain(list(11, "video"));
  });

  test("snapshots alone: a picture of each video per interval, and nothing else", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("individual", {
      recordingConfig: { streamTypes: 1 },
      snapshotConfig: { captureInterval: 5, fileType: ["jpg"] },
    });
    agora.join(11);
    agora.join(12, "audio");
    agora.advance(12_000);
    await agora.end(recording);
    const name = (ms: number): string =>
      `${recording.sid}_room 1__uid_s_11__uid_e_video_${digits(agora.startMs + ms)}.jpg`;
    expect(agora.names()).toEqual([name(0), name(5_000), name(10_000)]);
  });
});

describe("storage", () => {
  test("uploads that go through the backup arrive later, their playlists under names of their own", async () => {
    const agora = createRecordedAgora({ settings: { backupBuckets: ["bucket"] } });
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(1_500);
    expect(await agora.end(recording)).toBe("backuped");
    expect(agora.names()).toEqual([]);
    const tickMs = agora.nowMs();
    agora.advance(5_000);
    const backed = `${recording.sid}_room 1_${String(tickMs)}_0.m3u8`;
    await vi.waitFor(() => {
      expect(agora.playlist(backed)).toEqual({ durations: [1, 0.5], starts: [agora.startMs], isEnded: true });
    });
    expect(agora.names()).toHaveLength(3);
  });

  test("to a broken bucket nothing is written", async () => {
    const agora = createRecordedAgora({ settings: { brokenBuckets: ["bucket"] } });
    agora.record("mix");
    agora.join(1);
    agora.advance(30_000);
    await agora.settled();
    expect(agora.puts).toEqual([]);
  });

  test("an upload that is made to fail leaves the bucket as it was", async () => {
    const agora = createRecordedAgora();
    const recording = agora.record("mix");
    agora.join(1);
    setUploadResult(recording, "failed");
    agora.advance(2_500);
    expect(await agora.end(recording)).toBe("failed");
    expect(agora.puts).toEqual([]);
  });

  test("a store that refuses fails the recording, once, and gets nothing more", async () => {
    const agora = createRecordedAgora({ refuse: { kind: "failed", errorCode: 32, reason: "no such bucket" } });
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(2_000);
    await vi.waitFor(() => {
      expect(recording.phase.name).toBe("gone");
    });
    expect(agora.failures).toEqual([32]);
    expect(agora.warnings).toEqual([`upload of recording ${recording.sid} failed: no such bucket`]);
    expect(agora.puts).toHaveLength(1);
  });

  test("a store that fails at the very end is a failed upload", async () => {
    const agora = createRecordedAgora({ refuse: { kind: "failed", errorCode: 47, reason: "away" } });
    const recording = agora.record("mix");
    agora.join(1);
    agora.advance(900);
    expect(await agora.end(recording)).toBe("failed");
  });
});

test("a page is recorded without anybody in a channel, but not while it is on hold", async () => {
  const agora = createRecordedAgora();
  const recording = agora.record("web");
  agora.advance(500);
  setOnhold(agora.world, recording, true);
  agora.advance(4_000);
  setOnhold(agora.world, recording, false);
  agora.advance(250);
  await agora.end(recording);
  expect(agora.playlist(`${recording.sid}_room 1.m3u8`)).toEqual({
    durations: [0.5, 0.25],
    starts: [agora.startMs, agora.startMs + 4_500],
    isEnded: true,
  });
  expect(agora.names()).toContain(`${recording.sid}_room 1_${String(agora.startMs)}.ts`);
});

interface Patch {
  readonly settings?: Partial<SimulatorSettingsInput>;
  readonly media?: { readonly mp4MsMax?: number };
  readonly refuse?: StoreResult;
}

/** A service whose recorders are ready at once, with slices of one second, on time that moves by `advance` alone. */
function createRecordedAgora(patch: Patch = {}) {
  const settings = parseSimulatorSettings({
    profile: "fast",
    accounts: [{ customerId: "c", customerSecret: "planted-secret", apps: [{ appId }] }],
    ...patch.settings,
    durations: { statusWalkMs: [0, 0, 0, 0], firstSliceMs: 1_000, unconfirmedDeathMs: 30_000 },
  });
  const startMs = Date.UTC(2026, 6, 9, 10);
  const scheduler = createManualScheduler(startMs);
  const files = new Map<string, OutgoingFile>();
  const puts: string[] = [];
  const failures: number[] = [];
  const warnings: string[] = [];
  const store: FileStore = {
    put: (file) => {
      puts.push(file.name);
      if (patch.refuse === undefined) files.set(file.name, file);
      return Promise.resolve(patch.refuse ?? { kind: "stored" });
    },
  };
  const media = createMedia(
    {
      media: mediaSettingsSchema.parse({ folder: "unused", ...patch.media }),
      world: () => world,
      storageFailed: (recording, errorCode) => {
        failures.push(errorCode);
        failRecorder(world, recording, "storage");
      },
      warn: (message) => {
        warnings.push(message);
      },
    },
    store,
  );
  const world: World = createWorld({
    settings,
    scheduler,
    random: createRandom(1),
    record: () => undefined,
    announce: () => undefined,
    observers: [media.observe],
    media: media.port,
  });
  const text = (name: string): string => Buffer.from(files.get(name)?.bytes ?? []).toString();

  return {
    world,
    startMs,
    puts,
    failures,
    warnings,
    text,
    nowMs: scheduler.nowMs,
    advance: scheduler.advance,
    settled: media.settled,
    names: () => [...files.keys()].sort(),
    join: (uid: number, publishes: "both" | "audio" = "both") =>
      joinParticipant(world, { appId, channelName, uid, role: "host", publishes }),
    leave: (uid: number) => leaveParticipant(world, { appId, channelName, uid, reason: 1, rejoinExpected: false }),
    record: (mode: RecordingMode, extra: Readonly<Record<string, unknown>> = {}): Recording =>
      startRecording(world, mode, extra),
    end: (recording: Recording): Promise<UploadResult> => {
      endRecorder(world, recording, "stop");
      return new Promise((resolve) => {
        whenUploaded(recording, resolve);
      });
    },
    playlist: (name: string) => {
      const lines = text(name).split("\n");
      const numbers = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
      return {
        durations: numbers(/^#EXTINF:([\d.]+)$/).map(Number),
        starts: [...new Set(numbers(/TIME=(\d{17})/))].map(msOfDigits),
        isEnded: lines.includes("#EXT-X-ENDLIST"),
      };
    },
  };
}

function startRecording(world: World, mode: RecordingMode, extra: Readonly<Record<string, unknown>>): Recording {
  const names = { cname: channelName, uid: "900" };
  const acquired = acquire(world, { appId, json: { ...names, clientRequest: { scene: mode === "web" ? 1 : 0 } } });
  const { resourceId = "" } = acquired;
  const { recordingConfig, ...rest } = extra;
  const config =
    mode === "web"
      ? { extensionServiceConfig: pageConfig }
      : {
          recordingConfig: {
            channelType: 0,
            maxIdleTime: 300,
            ...(mode === "individual" ? { subscribeUidGroup: 0 } : {}),
            ...(typeof recordingConfig === "object" ? recordingConfig : {}),
          },
        };
  const storageConfig = { vendor: 1, region: 0, bucket: "bucket", accessKey: "a", secretKey: "s" };
  const json = { ...names, clientRequest: { ...config, storageConfig, ...rest } };
  const answer = start(world, { appId, resourceId, mode, json });
  const recording = world.recordings.get(answer.sid ?? "");
  if (recording === undefined) throw new Error(`the start was refused: ${JSON.stringify(answer)}`);
  return recording;
}

const pageConfig = {
  extensionServices: [
    {
      serviceName: "web_recorder_service",
      serviceParam: {
        url: "https://example.org/board",
        audioProfile: 0,
        videoWidth: 1_280,
        videoHeight: 720,
        maxRecordingHour: 1,
      },
    },
  ],
};

function digits(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/\D/g, "");
}

function msOfDigits(text: string): number {
  const [, y = "", mo = "", d = "", h = "", mi = "", s = "", ms = ""] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(text) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
}

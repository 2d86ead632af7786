import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { PresetName, RecordingClient } from "@autorec/recording-api";
import {
  buildStartClientRequest,
  buildStorageUpdate,
  channelOfSegment,
  channelSegment,
  createRecordingClient,
  recordingPresets,
} from "@autorec/recording-api";
import { type Simulator, startSimulator } from "@autorec/simulator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const appId = "0123456789abcdef0123456789abcdef";
const customer = { customerId: "customer", customerSecret: "planted-customer-secret" };
const storageConfig = {
  vendor: "amazon-s3",
  region: "eu-central-1",
  bucket: "rec",
  accessKey: "planted-access-key",
  secretKey: "planted-secret-key",
  fileNamePrefix: ["autorec", "{date}", "{channel}"],
};
const dateAtMs = Date.UTC(2026, 6, 9);

let folder = "";
let simulator: Simulator;
let client: RecordingClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "presets-"));
  simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ ...customer, requestsPerSecond: 1_000, apps: [{ appId }] }],
      media: { folder },
    },
    seed: 7,
  });
  client = createRecordingClient({
    ...customer,
    appId,
    baseUrl: simulator.baseUrl,
    userAgent: "autorec/0.0.0 presets-test",
    timeouts: { acquireMs: 5_000, startMs: 5_000, queryMs: 5_000, stopMs: 5_000 },
    clock: { monotonicMs: () => performance.now() },
  });
});
afterAll(async () => {
  await client.close();
  await simulator.close();
  await rm(folder, { recursive: true });
});

/** The playlists and MP4 files of each preset. */
const filesOf: Readonly<Record<PresetName, readonly RegExp[]>> = {
  "mix-floating": [/\.m3u8$/, /_0\.mp4$/],
  "mix-best-fit": [/\.m3u8$/, /_0\.mp4$/],
  "mix-vertical": [/\.m3u8$/, /_0\.mp4$/],
  "mix-custom": [/\.m3u8$/, /_0\.mp4$/],
  "mix-audio": [/\.m3u8$/],
  "individual-standard": [/__uid_s_1__uid_e_audio\.m3u8$/, /__uid_s_1__uid_e_video\.m3u8$/],
  "individual-audio": [/__uid_s_1__uid_e_audio\.m3u8$/],
  "individual-video": [/__uid_s_1__uid_e_video\.m3u8$/],
  "individual-original-audio": [/__uid_s_1__uid_e_audio\.m3u8$/],
  snapshots: [],
  "individual-snapshots": [/__uid_s_1__uid_e_audio\.m3u8$/, /__uid_s_1__uid_e_video\.m3u8$/],
  "web-page": [/\.m3u8$/, /_0\.mp4$/],
  "web-page-rtmp": [/\.m3u8$/, /_0\.mp4$/],
};
const withPictures: readonly string[] = ["snapshots", "individual-snapshots"];
const names = Object.keys(recordingPresets).filter((name): name is PresetName => name in filesOf);

describe("each preset", () => {
  test.concurrent.for(names.map((preset, index) => ({ preset, index })))(
    "$preset records on the simulator",
    async ({ preset, index }) => {
      const { mode } = recordingPresets[preset];
      const channelName = `Class ${preset}`;
      const recorder = { channelName, uid: 900_000_001 + index };
      await simulator.client.join({ channelName, uid: 1 });
      const clientRequest = buildStartClientRequest({
        preset,
        storageConfig,
        channelName,
        dateAtMs,
        ...(mode === "web" ? { web: page(preset) } : { maxIdleMs: 20_000 }),
      });
      const { fileNamePrefix = [] } = clientRequest.storageConfig;
      expect(fileNamePrefix).toEqual(["autorec", "20260709", channelSegment(channelName)]);
      expect(channelOfSegment(fileNamePrefix[2] ?? "")).toBe(channelName);

      const acquired = await client.acquire({ ...recorder, mode, startClientRequest: clientRequest });
      if (acquired.outcome !== "ok") throw new Error(JSON.stringify(acquired));
      const { host, resourceId } = acquired;
      const started = await client.start({ ...recorder, host, resourceId, mode, clientRequest });
      if (started.outcome !== "ok") throw new Error(JSON.stringify(started));
      const session = { host, resourceId, sid: started.sid, mode };
      const isRecorded = filesOf[preset].length > 0;
      const hasPictures = withPictures.includes(preset);
      const written = async (): Promise<readonly string[]> => {
        const files = await readdir(join(folder, storageConfig.bucket, ...fileNamePrefix));
        return files.filter((name) => name.startsWith(started.sid));
      };
      const isPicture = (name: string): boolean => name.endsWith(".jpg");
      await vi.waitFor(
        async () => {
          const looked = await client.query(session);
          // 5 = the first slice is written; there is none where nothing but pictures is made.
          expect(looked).toMatchObject({ outcome: "alive", ...(isRecorded ? { status: 5 } : {}) });
          // Where pictures are made, a query names no file at all.
          const named = looked.recording?.files.map(({ fileName }) => fileName) ?? [];
          if (hasPictures) expect((await written()).filter(isPicture)).toHaveLength(1);
          const files = hasPictures ? await written() : named;
          for (const name of filesOf[preset]) expect(files).toContainEqual(expect.stringMatching(name));
        },
        { timeout: 20_000, interval: 200 },
      );

      const soonS = Math.floor(Date.now() / 1_000) + 5 * 3_600;
      const renewed = { ...storageConfig, stsToken: "planted-sts", stsExpiration: soonS };
      const update = buildStorageUpdate(renewed, { channelName, dateAtMs, nowMs: Date.now() });
      expect(await client.update({ ...session, ...recorder, clientRequest: update })).toMatchObject({ outcome: "ok" });

      if (mode === "mix") {
        const layout = { ...session, ...recorder, clientRequest: { mixedVideoLayout: 1 } } as const;
        expect(await client.updateLayout(layout)).toMatchObject({ outcome: "ok" });
      }

      const stopped = await client.stop({ ...session, ...recorder, async: false });
      expect(stopped).toMatchObject({ outcome: "done", recording: { uploadingStatus: "uploaded" } });
      expect((await written()).some(isPicture)).toBe(hasPictures);
    },
  );
});

describe("the examples", () => {
  test.concurrent.for(["individual", "mix", "web"])("examples/%s.ts records and stops", async (mode) => {
    const channelName = `example-${mode}`;
    await simulator.client.join({ channelName, uid: 1 });
    const path = new URL(`../../examples/${mode}.ts`, import.meta.url).pathname;
    const child = spawn(process.execPath, [path], {
      env: {
        PATH: process.env["PATH"],
        AGORA_BASE_URL: simulator.baseUrl,
        AGORA_APP_ID: appId,
        AGORA_CUSTOMER_ID: customer.customerId,
        AGORA_CUSTOMER_SECRET: customer.customerSecret,
        STORAGE_ACCESS_KEY: "planted-access-key",
        STORAGE_SECRET_KEY: "planted-secret-key",
        CHANNEL: channelName,
        LOOK_EVERY_MS: "200",
        RECORD_MS: "1500",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const killed = new AbortController();
    const limit = setTimeout(60_000, undefined, { signal: killed.signal }).then(
      () => child.kill("SIGKILL"),
      () => false,
    );
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    killed.abort();
    await limit;
    expect(errors).toBe("");
    expect(output).toMatch(/look \d+: alive/);
    expect(output).toMatch(/stopped: done/);
    expect(output).not.toContain("unknown");
    expect(output).not.toContain("planted");
  });
});

function page(preset: PresetName): Readonly<Record<string, unknown>> {
  const url = "https://a.example/board?room={channel}";
  return preset === "web-page-rtmp" ? { url, rtmpUrl: "rtmp://a.example/app/planted-stream-key" } : { url };
}

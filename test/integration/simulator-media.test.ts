import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalS3, startLocalS3 } from "@autorec/devstack";
import { type Simulator, startSimulator } from "@autorec/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { startOnOwnJava } from "../support/optional-program.ts";
import {
  lengthOf,
  type Line,
  lineSchema,
  msOf,
  presenceIn,
  probeFile,
  recorderIn,
  type Span,
} from "../support/recorded-media.ts";

const appId = "0123456789abcdef0123456789abcdef";
const authorization = `Basic ${Buffer.from("customer:planted-customer-secret").toString("base64")}`;
const bucket = "lessons";
/** A picture; what the clocks of history and service may differ by comes on top. */
const pictureMs = 100;
const clockMs = 25;

let folder = "";
let s3: LocalS3 | undefined;
let withoutS3: string | undefined;
let simulator: Simulator;
const history: Line[] = [];
const warnings: string[] = [];
/** The recordings that the tests look at, by the name of their channel. */
const sids: Record<string, string> = {};

// All record at the same time, so that their seconds pass once.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "media-"));
  ({ program: s3, missing: withoutS3 } = await startOnOwnJava(() => startLocalS3({ log: () => undefined })));
  if (s3 !== undefined) await fetch(`${s3.endpoint}/${bucket}`, { method: "PUT" });
  simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [
        {
          customerId: "customer",
          customerSecret: "planted-customer-secret",
          requestsPerSecond: 1_000,
          apps: [{ appId }],
        },
      ],
      durations: { statusWalkMs: [0, 0, 0, 0], firstSliceMs: 1_000, answerMs: { min: 0, max: 0 } },
      media: { folder, ...(s3 === undefined ? {} : { s3: {} }) },
    },
    onHistoryLine: (text) => history.push(lineSchema.parse(JSON.parse(text))),
    warn: (message) => warnings.push(message),
  });
  await recordEverything();
});
afterAll(async () => {
  await simulator.close();
  await s3?.stop();
  await rm(folder, { recursive: true });
});

async function recordEverything(): Promise<void> {
  const { client } = simulator;
  const channels = ["mixed", "apart", "heard", "seen", "page"] as const;
  for (const channelName of channels) await client.join({ channelName, uid: 11 });
  const mp4 = { recordingFileConfig: { avFileType: ["hls", "mp4"] } };
  await start("mixed", "mix", mp4);
  await start("apart", "individual", { recordingConfig: { ...individual, streamMode: "standard" } });
  await start("heard", "individual", { recordingConfig: { ...individual, streamMode: "original", streamTypes: 0 } });
  await start("seen", "individual", {
    recordingConfig: { ...individual, streamTypes: 1 },
    snapshotConfig: { captureInterval: 5, fileType: ["jpg"] },
  });
  await start("page", "web", { ...mp4, ...page });
  await untilSlices(2);
  for (const channelName of channels) await client.leave({ channelName, uid: 11 });
  for (const channelName of channels) await client.join({ channelName, uid: 11 });
  await untilSlices(4);
  for (const channelName of channels) expect((await stop(channelName)).status).toBe(200);
}

describe("what ffprobe finds is what the history tells", () => {
  test("in the playlist, slices and MP4 of mode mix", async () => {
    const name = `${sid("mixed")}_mixed`;
    const spans = presenceIn(history, "mixed");
    expect(spans).toHaveLength(2);
    await expectPlaylist(`${name}.m3u8`, { spans, codecs: ["aac", "h264"] });
    const mp4 = await probe(`${name}_0.mp4`);
    expect(mp4).toMatchObject({ codecs: ["aac", "h264"], complaints: "" });
    expect(Math.abs(mp4.durationMs - lengthOf(spans))).toBeLessThanOrEqual(pictureMs + clockMs);
  });

  test("in the audio, video and merged playlists of a user", async () => {
    const name = (type: string): string => `${sid("apart")}_apart__uid_s_11__uid_e_${type}.m3u8`;
    const spans = presenceIn(history, "apart");
    await expectPlaylist(name("audio"), { spans, codecs: ["aac"] });
    await expectPlaylist(name("video"), { spans, codecs: ["h264"] });
    const merged = await probe(name("av"));
    expect(merged).toMatchObject({ codecs: ["aac", "h264"], complaints: "" });
  });

  test("in the playlist of original audio", async () => {
    const name = `${sid("heard")}_heard__uid_s_11__uid_e_audio.m3u8`;
    await expectPlaylist(name, { spans: presenceIn(history, "heard"), codecs: ["aac"] });
  });

  test("in the pictures of snapshots, the first of each time somebody was seen", async () => {
    const names = (await readdir(bucketFolder())).filter((name) => name.startsWith(sid("seen")));
    const times = names.map((name) => msOf(/__uid_s_11__uid_e_video_(\d{17})\.jpg$/.exec(name)?.[1] ?? ""));
    const starts = presenceIn(history, "seen").map(({ fromMs }) => fromMs);
    expect(times).toHaveLength(starts.length);
    for (const [index, startMs] of starts.entries()) {
      expect(Math.abs((times[index] ?? 0) - startMs)).toBeLessThanOrEqual(clockMs);
    }
    expect(await probe(names[0] ?? "")).toMatchObject({ codecs: ["mjpeg"], complaints: "" });
  });

  test("in the playlist and MP4 of a page, which needs nobody in a channel", async () => {
    const name = `${sid("page")}_page`;
    const spans = recorderIn(history, "page");
    await expectPlaylist(`${name}.m3u8`, { spans, codecs: ["aac", "h264"] });
    const mp4 = await probe(`${name}_0.mp4`);
    expect(Math.abs(mp4.durationMs - lengthOf(spans))).toBeLessThanOrEqual(pictureMs + clockMs);
  });
});

describe("an S3-compatible store", () => {
  beforeEach(({ skip }) => {
    skip(withoutS3 !== undefined, `S3Mock runs on this machine's Java only: ${withoutS3 ?? ""}`);
  });

  test("has the same objects as the folder, under the prefix of the start", async () => {
    const endpoint = s3?.endpoint ?? "";
    const listed = await (await fetch(`${endpoint}/${bucket}?list-type=2`)).text();
    const keys = [...listed.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key).sort();
    const names = await readdir(bucketFolder());
    expect(keys).toEqual(names.map((name) => `prod/a1/${name}`).sort());
    for (const name of names.slice(0, 5)) {
      const object = await fetch(`${endpoint}/${bucket}/prod/a1/${name}`);
      expect(Buffer.from(await object.arrayBuffer()).equals(await readFile(join(bucketFolder(), name)))).toBe(true);
    }
  });

  test("without the bucket of the start ends the recording, and nobody prints its keys", async () => {
    await simulator.client.join({ channelName: "lost", uid: 11 });
    await start("lost", "mix", {}, "no-such-bucket");
    await vi.waitFor(
      () => {
        const left = history.find((line) => line.kind === "recorder-left" && line.sid === sid("lost"));
        expect(left?.cause).toBe("killed");
      },
      { timeout: 10_000 },
    );
    expect((await stop("lost")).status).toBe(404);
    expect(warnings).toEqual([expect.stringMatching(/404 \(NoSuchBucket\) for bucket no-such-bucket$/)]);
    expect(JSON.stringify([warnings, history])).not.toContain("planted");
  });
});

/** The playlist names the times of the history, and its slices last as long as it says. */
async function expectPlaylist(
  name: string,
  expected: { readonly spans: readonly Span[]; readonly codecs: readonly string[] },
): Promise<void> {
  const { spans, codecs } = expected;
  const text = await readFile(join(bucketFolder(), name), "utf8");
  const extinfs = [...text.matchAll(/^#EXTINF:([\d.]+)$/gm)].map(([, seconds]) => Number(seconds) * 1_000);
  const sum = extinfs.reduce((total, each) => total + each, 0);
  expect(Math.abs(sum - lengthOf(spans))).toBeLessThanOrEqual(clockMs);
  const starts = [...new Set([...text.matchAll(/TIME=(\d{17})/g)].map(([, time = ""]) => msOf(time)))];
  expect(starts).toHaveLength(spans.length);
  for (const [index, { fromMs }] of spans.entries()) {
    expect(Math.abs((starts[index] ?? 0) - fromMs)).toBeLessThanOrEqual(clockMs);
  }
  expect(text.trimEnd().endsWith("#EXT-X-ENDLIST")).toBe(true);

  const played = await probe(name);
  expect(played).toMatchObject({ codecs, complaints: "" });
  // Every slice is there and read: the packets of all pictures, each a tenth of a second.
  if (codecs.includes("h264")) {
    expect(Math.abs(played.pictures * pictureMs - sum)).toBeLessThanOrEqual((pictureMs / 2) * extinfs.length);
  }
  const slices = text.split("\n").filter((line) => line.endsWith(".ts"));
  expect(slices).toHaveLength(extinfs.length);
  for (const [index, slice] of slices.entries()) {
    const { durationMs, complaints } = await probe(slice);
    expect(complaints).toBe("");
    expect(Math.abs(durationMs - (extinfs[index] ?? 0))).toBeLessThanOrEqual(codecs.includes("h264") ? pictureMs : 30);
  }
}

const individual = { channelType: 0, maxIdleTime: 60, subscribeUidGroup: 0 };
const page = {
  recordingConfig: undefined,
  extensionServiceConfig: {
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
  },
};

/** What is needed to ask for a recording again. */
const resources: Record<string, { readonly path: string }> = {};

async function start(
  cname: string,
  mode: "individual" | "mix" | "web",
  clientRequest: Readonly<Record<string, unknown>>,
  into = bucket,
): Promise<void> {
  const names = { cname, uid: "900" };
  const acquired = await post("acquire", { ...names, clientRequest: { scene: mode === "web" ? 1 : 0 } });
  const { resourceId } = z.object({ resourceId: z.string() }).parse(acquired.body);
  const storageConfig = {
    ...{ vendor: 11, region: 0, bucket: into, accessKey: "planted-access-key", secretKey: "planted-secret-key" },
    fileNamePrefix: ["prod", "a1"],
    extensionParams: { endpoint: (s3?.endpoint ?? "store.test").replace("http://", "") },
  };
  const recordingConfig = { channelType: 0, maxIdleTime: 60 };
  const body = { ...names, clientRequest: { recordingConfig, ...clientRequest, storageConfig } };
  const started = await post(`resourceid/${resourceId}/mode/${mode}/start`, body);
  const answer = z.object({ sid: z.string() }).safeParse(started.body);
  if (!answer.success) throw new Error(`the start of ${cname} was refused: ${JSON.stringify(started)}`);
  sids[cname] = answer.data.sid;
  resources[cname] = { path: `resourceid/${resourceId}/sid/${answer.data.sid}/mode/${mode}` };
}

function stop(cname: string) {
  return post(`${resources[cname]?.path ?? ""}/stop`, { cname, uid: "900", clientRequest: { async_stop: false } });
}

async function post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization, "content-type": "application/json" };
  const url = `${simulator.baseUrl}/v1/apps/${appId}/cloud_recording/${path}`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

/** Until the playlists of all recordings that have one name so many slices. */
async function untilSlices(count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const names = (await readdir(bucketFolder())).filter((name) => /_(mixed|page|audio|video)\.m3u8$/.test(name));
      expect(names).toHaveLength(5);
      for (const name of names) {
        const text = await readFile(join(bucketFolder(), name), "utf8");
        expect(text.match(/#EXTINF/g)?.length).toBeGreaterThanOrEqual(count);
      }
    },
    { timeout: 20_000 },
  );
}

function sid(channelName: string): string {
  return sids[channelName] ?? "";
}

function probe(name: string) {
  return probeFile(join(bucketFolder(), name));
}

function bucketFolder(): string {
  return join(folder, bucket, "prod", "a1");
}

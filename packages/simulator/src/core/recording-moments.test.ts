import { describe, expect, test } from "vitest";
import { recordingOf } from "../testing/recording-of.ts";
import type { StartOptions } from "../testing/simulated-agora.ts";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";
import { migrateRecorder } from "./migrate-recorder.ts";
import { failRecorder, kickRecorder, killRecorder, silenceRecorder } from "./recorders.ts";
import type { RecordingMoment } from "./recording-moment.ts";

/** An Agora that notes its moments, as words with the ms since the first. */
function observedAgora(patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const moments: RecordingMoment[] = [];
  const agora = createSimulatedAgora({ ...patch, observers: [(moment) => moments.push(moment)] });
  const words = (): readonly string[] => {
    const firstMs = moments[0]?.atMs ?? 0;
    return moments.map((moment) => `${String(moment.atMs - firstMs)} ${wordOf(moment)}`);
  };
  return { agora, moments, words };
}

function wordOf(moment: RecordingMoment): string {
  switch (moment.kind) {
    case "joined":
      return `joined ${moment.cause}`;
    case "tracks":
      return `tracks ${moment.tracks.map(({ uid, type }) => `${String(uid)} ${type}`).join(", ") || "none"}`;
    case "updated":
      return `updated ${moment.what}`;
    case "left":
      return `left ${moment.cause} ${String(moment.leaveCode)}${moment.silent ? " silently" : ""}`;
    case "trouble":
      return `trouble ${[moment.module, moment.errorLevel, moment.errorCode].join("/")}`;
    case "uploadEnded":
      return `uploadEnded ${moment.result}`;
    case "exited":
      return `exited ${String(moment.exitStatus)}`;
    case "misfit":
      return `misfit ${moment.call}`;
    case "started":
    case "fileListed":
    case "uploading":
      return moment.kind;
  }
}

async function recorded(options: StartOptions = {}, patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const observed = observedAgora(patch);
  observed.agora.join(1);
  const started = await observed.agora.record(7, options);
  return { ...observed, started, recording: recordingOf(observed.agora, started.sid) };
}

const start = ["0 started", "0 joined start", "400 tracks 0 audio_and_video", "1400 fileListed"];

describe("moments", () => {
  test("a recording that is stopped in order", async () => {
    const { agora, words, started } = await recorded();
    agora.scheduler.advance(2_000);
    await agora.stop(started);
    agora.scheduler.advance(300);
    const end = [
      "2000 tracks none",
      "2000 left stop 16",
      "2000 uploading",
      "2300 uploadEnded uploaded",
      "2300 exited 0",
    ];
    expect(words()).toEqual([...start, ...end]);
  });

  test("the world has changed when a moment is told", async () => {
    const seen: string[] = [];
    const agora = createSimulatedAgora({
      observers: [({ kind, recording }) => seen.push(`${kind} ${recording.phase.name}`)],
    });
    await agora.stop(await agora.record(7));
    expect(seen).toEqual(["started live", "joined live", "left ending", "exited ending"]);
  });

  test("streams that come and go are told once each, the file list once", async () => {
    const { agora, words } = await recorded({
      mode: "individual",
      recordingConfig: { channelType: 0, subscribeUidGroup: 1, maxIdleTime: 20 },
    });
    agora.scheduler.advance(1_000);
    agora.join(2, "host", "audio");
    agora.scheduler.advance(1_000);
    agora.leave(1);
    agora.leave(2);
    agora.scheduler.advance(1_000);
    agora.join(3, "host", "video");
    agora.scheduler.advance(9_000);
    expect(words()).toEqual([
      ...["0 started", "0 joined start", "400 tracks 1 audio, 1 video", "1000 tracks 1 audio, 1 video, 2 audio"],
      ...["1400 fileListed", "2000 tracks 2 audio", "2000 tracks none", "3000 tracks 3 video"],
    ]);
  });

  test("somebody who leaves before the recorder is ready is no stream", async () => {
    const { agora, words } = await recorded();
    agora.scheduler.advance(399);
    agora.leave(1);
    agora.scheduler.advance(5_000);
    expect(words()).toEqual(["0 started", "0 joined start"]);
  });

  test("an idle exit", async () => {
    const { agora, words } = await recorded();
    agora.scheduler.advance(2_000);
    agora.leave(1);
    agora.scheduler.advance(21_000);
    const end = ["22000 left idle 4", "22000 uploading", "22300 uploadEnded uploaded", "22300 exited 0"];
    expect(words()).toEqual([...start, "2000 tracks none", ...end]);
  });

  test.each([
    [false, ["2000 tracks none", "2000 left killed 2", "2000 exited 1"]],
    [true, ["2000 tracks none", "2000 left killed 2 silently"]],
  ])("a kill, silent: %s", async (silent, end) => {
    const { agora, words, recording } = await recorded();
    agora.scheduler.advance(2_000);
    killRecorder(agora.world, recording, silent);
    agora.scheduler.advance(60_000);
    expect(words()).toEqual([...start, ...end]);
  });

  test("somebody who throws the recorder out: its files are uploaded, and a stop is 400/49", async () => {
    const { agora, words, recording, started } = await recorded();
    agora.scheduler.advance(2_000);
    kickRecorder(agora.world, recording);
    expect((await agora.stop(started)).body["code"]).toBe(49);
    agora.scheduler.advance(300);
    expect(words().slice(4)).toEqual([
      ...["2000 trouble 0/5/123", "2000 tracks none", "2000 left killed 2", "2000 uploading", "2000 misfit stop"],
      ...["2300 uploadEnded uploaded", "2300 exited 1"],
    ]);
  });

  test("a migration", async () => {
    const { agora, words, recording, moments } = await recorded();
    agora.scheduler.advance(2_000);
    migrateRecorder(agora.world, recording, { windowMs: 1_000, silent: false });
    agora.scheduler.advance(1_000);
    const end = ["2000 tracks none", "2000 left migration 2", "3000 joined migration", "3000 tracks 0 audio_and_video"];
    expect(words()).toEqual([...start, ...end]);
    const joined = moments.findLast(({ kind }) => kind === "joined");
    expect(joined).toMatchObject({ previousUid: 7, uid: recording.uid });
  });

  test.each<readonly [string, StartOptions, Parameters<typeof createSimulatedAgora>[0], readonly string[]]>([
    [
      "wrong keys",
      { bucket: "broken" },
      { brokenBuckets: ["broken"] },
      ["0 joined start", "400 tracks 0 audio_and_video", "700 trouble 1/5/32", "700 tracks none", "700 left failed 0"],
    ],
    [
      "a wrong token",
      { token: "007" },
      { appCertificate: "5cfd2fd1755d40ecb72977518be15d3b" },
      ["700 trouble 0/5/110"],
    ],
    [
      "unreasonable transcoding",
      { recordingConfig: { channelType: 0, transcodingConfig: { width: 9_999 } } },
      {},
      ["700 trouble 0/5/2"],
    ],
    [
      "a page that cannot be opened",
      { mode: "web" },
      { web: { failingUrls: ["https:"] } },
      ["0 joined start", "700 trouble 6/5/5", "700 left failed 0"],
    ],
  ])("a start that comes to nothing: %s", async (_, options, patch, expected) => {
    const { agora, words } = await recorded(options, patch);
    agora.scheduler.advance(60_000);
    expect(words()).toEqual(["0 started", ...expected, "700 exited 1"]);
  });

  test("an upload that fails, one through the backup storage, and one that a media port decides", async () => {
    const cases: readonly (readonly [Parameters<typeof createSimulatedAgora>[0], readonly string[]])[] = [
      [{ backupBuckets: ["bucket"] }, ["uploadEnded backuped", "exited 0"]],
      [{ media: { finish: () => Promise.resolve("failed") } }, ["trouble 1/4/47", "uploadEnded failed", "exited 1"]],
      [
        { media: { finish: () => Promise.reject(new Error("full")) } },
        ["trouble 1/4/47", "uploadEnded failed", "exited 1"],
      ],
    ];
    for (const [patch, expected] of cases) {
      const { agora, words, started } = await recorded({}, patch);
      agora.scheduler.advance(2_000);
      await agora.stop(started);
      agora.scheduler.advance(300);
      await new Promise((resolve) => setImmediate(resolve));
      expect(
        words()
          .slice(7)
          .map((word) => word.replace(/^\d+ /, "")),
      ).toEqual(expected);
    }
  });

  test("storage that refuses while a recording runs ends it", async () => {
    const { agora, words, recording, started } = await recorded();
    agora.scheduler.advance(2_000);
    failRecorder(agora.world, recording, "upload");
    failRecorder(agora.world, recording, "upload");
    const end = ["2000 trouble 1/5/47", "2000 tracks none", "2000 left failed 0", "2000 exited 1"];
    expect(words()).toEqual([...start, ...end]);
    expect((await agora.query(started)).status).toBe(404);
  });

  test("a silent recorder writes nothing from then on", async () => {
    const { agora, words, recording } = await recorded();
    agora.scheduler.advance(2_000);
    silenceRecorder(agora.world, recording);
    agora.join(2);
    agora.scheduler.advance(60_000);
    expect(words()).toEqual([...start, "2000 tracks none"]);
  });

  test("updates are told after they took effect", async () => {
    const { agora, words, started } = await recorded();
    agora.scheduler.advance(2_000);
    await agora.update(started, { streamSubscribe: { videoUidList: { subscribeVideoUids: ["9"] } } });
    await agora.update(started, { mixedVideoLayout: 1 }, "updateLayout");
    expect(words().slice(4)).toEqual(["2000 tracks 0 audio", "2000 updated subscription", "2000 updated layout"]);
  });

  test("a page with a push: it connects, is paused with the page, and its time is over at maxRecordingHour", async () => {
    const { agora, words, started } = await recorded({
      mode: "web",
      page: { maxRecordingHour: 1 },
      rtmpUrl: "rtmp://live.example.org/app",
    });
    agora.scheduler.advance(2_000);
    await agora.update(started, { webRecordingConfig: { onhold: true } });
    agora.scheduler.advance(3_600_000);
    expect(words()).toEqual([
      ...["0 started", "0 joined start", "0 updated rtmp", "200 updated rtmp", "400 tracks 0 audio_and_video"],
      ...["1400 fileListed", "2000 tracks none", "2000 updated onhold", "2000 updated rtmp"],
      ...["3600000 left maxHour 16", "3600000 uploading", "3600300 uploadEnded uploaded", "3600300 exited 0"],
    ]);
  });

  test("a page that never says it is ready is loaded again, then given up", async () => {
    const { agora, words } = await recorded(
      { mode: "web", page: { readyTimeout: 10 } },
      { web: { unreadyUrls: ["https://page.example.org"] } },
    );
    agora.scheduler.advance(60_000);
    expect(words()).toEqual([
      ...["0 started", "0 joined start", "10400 trouble 6/2/4", "20400 trouble 6/5/4"],
      ...["20400 left failed 0", "20400 exited 1"],
    ]);
  });

  test("without observers and media nothing is planned for a recording that runs", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    await agora.record(7);
    expect(agora.scheduler.plannedCount()).toBe(0);
  });
});

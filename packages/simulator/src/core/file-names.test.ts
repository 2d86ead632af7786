import { expect, test } from "vitest";
import type { FileNameRules } from "./file-names.ts";
import { backedUpPlaylistName, mp4Name, objectKey, playlistName, sliceName, snapshotName } from "./file-names.ts";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";
import { recordingOf } from "../testing/recording-of.ts";

const utcMs = Date.UTC(2024, 4, 7, 7, 3, 29, 192);
const usual: FileNameRules = { mergedPlaylistWord: "av", fileNameReplacement: true, webSliceTime: "epochMs" };
const place = { rules: usual, migration: 0 };

async function recordingIn(mode: string) {
  const agora = createSimulatedAgora();
  const { sid } = await agora.record(7, { mode, cname: "class_101" });
  return { recording: recordingOf(agora, sid), sid };
}

test("files of mode mix are named after sid and channel, slices after their UTC time", async () => {
  const { recording, sid } = await recordingIn("mix");
  const track = { uid: 0, type: "audio_and_video" } as const;
  expect(playlistName(recording, track, place)).toBe(`${sid}_class-101.m3u8`);
  expect(sliceName(recording, track, { ...place, utcMs })).toBe(`${sid}_class-101_20240507070329192.ts`);
  expect(mp4Name(recording, { ...place, index: 3 })).toBe(`${sid}_class-101_3.mp4`);
});

test("files of mode individual carry uid and type", async () => {
  const { recording, sid } = await recordingIn("individual");
  const base = `${sid}_class-101__uid_s_123__uid_e_`;
  expect(playlistName(recording, { uid: 123, type: "audio" }, place)).toBe(`${base}audio.m3u8`);
  const slice = sliceName(recording, { uid: 123, type: "video" }, { ...place, utcMs });
  expect(slice).toBe(`${base}video_20240507070329192.ts`);
  expect(snapshotName(recording, { ...place, uid: 123, utcMs })).toBe(`${base}video_20240507070329192.jpg`);
  const merged = { uid: 123, type: "audio_and_video" } as const;
  expect(playlistName(recording, merged, place)).toBe(`${base}av.m3u8`);
  const other = { rules: { ...usual, mergedPlaylistWord: "audio_and_video" }, migration: 0 } as const;
  expect(playlistName(recording, merged, other)).toBe(`${base}audio_and_video.m3u8`);
});

test.each([
  ["epochMs", String(utcMs)],
  ["utc", "20240507070329192"],
] as const)("web slices carry their time as %s", async (webSliceTime, time) => {
  const { recording, sid } = await recordingIn("web");
  const rules = { ...usual, webSliceTime };
  const slice = sliceName(recording, { uid: 0, type: "audio_and_video" }, { rules, migration: 0, utcMs });
  expect(slice).toBe(`${sid}_class-101_${time}.ts`);
});

test("after the n-th migration every new file begins with bak<n - 1>_", async () => {
  const { recording, sid } = await recordingIn("mix");
  expect(mp4Name(recording, { rules: usual, migration: 1, index: 0 })).toBe(`bak0_${sid}_class-101_0.mp4`);
  expect(mp4Name(recording, { rules: usual, migration: 3, index: 0 })).toBe(`bak2_${sid}_class-101_0.mp4`);
});

test.each([
  [true, "-".repeat(26)],
  [false, "!@#$%^&*()+_.=[]{}~|,;:?<>"],
])("special characters of the channel name are replaced: %s", async (fileNameReplacement, name) => {
  const { recording, sid } = await recordingIn("mix");
  const odd = { ...recording, resource: { ...recording.resource, channelName: "!@#$%^&*()+_.=[]{}~|,;:?<>" } };
  const rules = { ...usual, fileNameReplacement };
  expect(mp4Name(odd, { rules, migration: 0, index: 0 })).toBe(`${sid}_${name}_0.mp4`);
});

test("a playlist that came through the backup storage has tick and index; a key begins with the prefix", () => {
  expect(backedUpPlaylistName("a.m3u8", { tickMs: 12, index: 1 })).toBe("a_12_1.m3u8");
  expect(objectKey(["prod", "room"], "a.ts")).toBe("prod/room/a.ts");
  expect(objectKey([], "a.ts")).toBe("a.ts");
});

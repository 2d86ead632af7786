import { expect, test } from "vitest";
import type { RecordedTrack } from "../core/recording.ts";
import { createSlicer } from "./slicer.ts";

const mixed = (sinceMs: number): RecordedTrack => ({ uid: 0, type: "audio_and_video", sinceMs });

test("slices follow each other without a hole, and the last one ends when the stream does", () => {
  const slicer = createSlicer(15_000);
  slicer.setTracks([mixed(1_000)], 1_000);
  // Looked at late: the cut is where it should have been.
  const spans = [...slicer.cutDue(31_400), ...slicer.setTracks([], 40_250)].map(({ fromMs, toMs }) => [fromMs, toMs]);
  expect(spans).toEqual([
    [1_000, 16_000],
    [16_000, 31_000],
    [31_000, 40_250],
  ]);
  expect(slicer.nextCutAtMs()).toBeUndefined();
});

test("after an interruption the stream starts anew", () => {
  const slicer = createSlicer(10);
  slicer.setTracks([mixed(0)], 0);
  const first = slicer.setTracks([], 25);
  slicer.setTracks([mixed(100)], 100);
  expect(first.map(({ isStart }) => isStart)).toEqual([true, false, false]);
  expect(slicer.cutDue(110)).toMatchObject([{ fromMs: 100, isStart: true }]);
});

test("the same stream since another time was interrupted in between", () => {
  const slicer = createSlicer(1_000);
  slicer.setTracks([mixed(0)], 0);
  expect(slicer.setTracks([mixed(500)], 500)).toMatchObject([{ fromMs: 0, toMs: 500 }]);
  expect(slicer.nextCutAtMs()).toBe(1_500);
});

test("who goes on is not cut when somebody else comes or goes", () => {
  const slicer = createSlicer(1_000);
  const one = { uid: 1, type: "audio", sinceMs: 0 } as const;
  const two = { uid: 2, type: "audio", sinceMs: 300 } as const;
  slicer.setTracks([one], 0);
  expect(slicer.setTracks([one, two], 300)).toEqual([]);
  expect(slicer.nextCutAtMs()).toBe(1_000);
  expect(slicer.setTracks([two], 900)).toMatchObject([{ track: { uid: 1 }, fromMs: 0, toMs: 900 }]);
});

import type { InputTrack } from "mediabunny";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { describe, expect, test } from "vitest";
import { muxMp4, muxSlice } from "./mux.ts";

const both = { audio: true, video: true };

describe("muxSlice", () => {
  test("a slice shows the span it was asked for", async () => {
    const { video, audio } = await read(await muxSlice(both, { fromMs: 15_000, toMs: 30_000 }));
    expect(video).toMatchObject({ codec: "avc", firstMs: 15_000, lastMs: 29_900, count: 150, startsWithKey: true });
    expect(audio?.codec).toBe("aac");
    expect(Math.abs((audio?.firstMs ?? 0) - 15_000)).toBeLessThan(22);
  });

  test("audio goes on in the next slice where it ended, frame by frame", async () => {
    const first = await read(await muxSlice({ audio: true, video: false }, { fromMs: 0, toMs: 1_000 }));
    const second = await read(await muxSlice({ audio: true, video: false }, { fromMs: 1_000, toMs: 2_000 }));
    expect((second.audio?.firstMs ?? 0) - (first.audio?.lastMs ?? 0)).toBeCloseTo(1_024 / 48, 1);
    expect(first.video).toBeUndefined();
  });

  test("a slice shorter than a frame has one frame", async () => {
    const bytes = await muxSlice(both, { fromMs: 7, toMs: 9 });
    const { video, audio } = await read(bytes);
    expect([video?.count, audio?.count]).toEqual([1, 1]);
    // Seven packets alone are taken for an MP2 by FFmpeg.
    expect(bytes.length).toBe(20 * 188);
  });

  test("what flowed for an odd time is as long to within half a picture", async () => {
    const { video } = await read(await muxSlice({ audio: false, video: true }, { fromMs: 30_000, toMs: 37_349 }));
    expect(video?.count).toBe(73);
  });
});

describe("muxMp4", () => {
  test.each([3_700, 660_000])("a file of %d ms is so long", async (durationMs) => {
    const bytes = await muxMp4(both, durationMs);
    const { durationS, video } = await read(bytes);
    expect(durationS).toBeCloseTo(durationMs / 1_000, 1);
    expect(video?.startsWithKey).toBe(true);
    // Beyond ten minutes in fragments, so that its table is never in memory as a whole.
    expect(Buffer.from(bytes).includes("moof")).toBe(durationMs > 600_000);
  });
});

/** What a reader finds in the file. */
async function read(bytes: Uint8Array<ArrayBuffer>) {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const [video, audio] = await Promise.all([input.getPrimaryVideoTrack(), input.getPrimaryAudioTrack()]);
  return {
    durationS: await input.computeDuration(),
    video: video === null ? undefined : await packetsOf(video),
    audio: audio === null ? undefined : await packetsOf(audio),
  };
}

async function packetsOf(track: InputTrack) {
  const found: { readonly atMs: number; readonly type: string }[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    found.push({ atMs: Math.round(packet.timestamp * 1e6) / 1e3, type: packet.type });
  }
  return {
    codec: await track.getCodec(),
    count: found.length,
    firstMs: found[0]?.atMs,
    lastMs: found.at(-1)?.atMs,
    startsWithKey: found[0]?.type === "key",
  };
}

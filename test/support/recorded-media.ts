import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ffprobe from "@ffprobe-installer/ffprobe";
import { z } from "zod";

/** What is read of a line of the history. */
export const lineSchema = z.object({
  kind: z.string(),
  atMs: z.number(),
  channelName: z.string().optional(),
  sid: z.string().optional(),
  cause: z.string().optional(),
});
/** One of them. */
export type Line = z.infer<typeof lineSchema>;

/** From and until when, in ms since the epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When somebody was there while the recorder was. */
export function presenceIn(history: readonly Line[], channelName: string): readonly Span[] {
  const recorded = recorderIn(history, channelName);
  const lines = history.filter((line) => line.channelName === channelName);
  return spansOf(lines, "participant-joined", "participant-left").flatMap((span) =>
    recorded.flatMap(({ fromMs, toMs }) => {
      const both = { fromMs: Math.max(fromMs, span.fromMs), toMs: Math.min(toMs, span.toMs) };
      return both.fromMs < both.toMs ? [both] : [];
    }),
  );
}

/** When a recorder was in the channel. */
export function recorderIn(history: readonly Line[], channelName: string): readonly Span[] {
  const lines = history.filter((line) => line.channelName === channelName);
  return spansOf(lines, "recorder-joined", "recorder-left");
}

function spansOf(lines: readonly Line[], begin: string, end: string): readonly Span[] {
  const begins = lines.filter(({ kind }) => kind === begin);
  const ends = lines.filter(({ kind }) => kind === end);
  return begins.map(({ atMs }, index) => ({ fromMs: atMs, toMs: ends[index]?.atMs ?? Infinity }));
}

/** How long they are together, in ms. */
export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

const probeSchema = z.object({
  streams: z.array(z.object({ codec_name: z.string(), nb_read_packets: z.coerce.number().default(0) })),
  format: z.object({ duration: z.coerce.number().default(0) }),
});

/** What ffprobe reads in a file, and complains about. */
export async function probeFile(path: string) {
  const args = ["-v", "error", "-count_packets", "-of", "json"];
  const entries = ["-show_entries", "format=duration:stream=codec_name,nb_read_packets"];
  const { stdout, stderr } = await promisify(execFile)(ffprobe.path, [...args, ...entries, path]);
  const { streams, format } = probeSchema.parse(JSON.parse(stdout));
  return {
    complaints: stderr,
    codecs: [...new Set(streams.map((stream) => stream.codec_name))].sort(),
    pictures: streams.find((stream) => stream.codec_name === "h264")?.nb_read_packets ?? 0,
    durationMs: format.duration * 1_000,
  };
}

/** The time in the name of a file: 17 digits of UTC. */
export function msOf(digits: string): number {
  const [, y = "", mo = "", d = "", h = "", mi = "", s = "", ms = ""] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(digits) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
}

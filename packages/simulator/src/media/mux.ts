import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  MpegTsOutputFormat,
  Output,
} from "mediabunny";
import type { RecordedTrack } from "../core/recording.ts";
import * as samples from "./samples.ts";

/** Which streams a file has. */
export interface Streams {
  readonly audio: boolean;
  readonly video: boolean;
}

/** The streams of a file that has what this type of track has. */
export function streamsOf(type: RecordedTrack["type"]): Streams {
  return { audio: type !== "video", video: type !== "audio" };
}

/**
 * A slice as MPEG transport stream. It shows the time from `fromMs` to `toMs` of the recording: its first picture is a
 * whole one, it is as long as the slice to within half a picture, and its audio joins that of the slice before.
 */
export async function muxSlice(
  streams: Streams,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<Uint8Array<ArrayBuffer>> {
  return stuffed(await mux({ streams, ...span, form: adtsAndStartCodes }, new MpegTsOutputFormat()));
}

/** A short stream with empty packets behind it: players do not take ten packets for a transport stream. */
function stuffed(stream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (stream.length >= streamBytesMin) return stream;
  const whole = new Uint8Array(streamBytesMin).fill(0xff);
  whole.set(stream);
  for (let at = stream.length; at < streamBytesMin; at += packetBytes) whole.set(emptyPacketHead, at);
  return whole;
}

const packetBytes = 188;
const streamBytesMin = 20 * packetBytes;
/** Sync byte, PID 0x1fff, payload only. */
const emptyPacketHead = Uint8Array.of(0x47, 0x1f, 0xff, 0x10);

/** An MP4 file that is so long, to within half a picture. */
export async function muxMp4(streams: Streams, durationMs: number): Promise<Uint8Array<ArrayBuffer>> {
  // The table of a long file's samples is built in memory; in fragments it is not.
  const fastStart = durationMs > wholeMp4MsMax ? "fragmented" : "in-memory";
  const format = new Mp4OutputFormat({ fastStart });
  return mux({ streams, fromMs: 0, toMs: durationMs, form: lengthPrefixed }, format);
}

const wholeMp4MsMax = 600_000;

/** How samples stand in a container. */
interface Form {
  readonly video: {
    readonly codec: string;
    readonly codedWidth: number;
    readonly codedHeight: number;
    readonly description?: Uint8Array;
  };
  readonly audio: {
    readonly codec: string;
    readonly numberOfChannels: number;
    readonly sampleRate: number;
    readonly description?: Uint8Array;
  };
  readonly keyPicture: Uint8Array;
  readonly stillPictures: readonly Uint8Array[];
  readonly silence: Uint8Array;
  /** Audio frames that may share a packet. */
  readonly silencesMax: number;
}

interface Job {
  readonly streams: Streams;
  readonly fromMs: number;
  readonly toMs: number;
  readonly form: Form;
}

async function mux(job: Job, format: MpegTsOutputFormat | Mp4OutputFormat): Promise<Uint8Array<ArrayBuffer>> {
  const { streams, form } = job;
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const video = new EncodedVideoPacketSource("avc");
  const audio = new EncodedAudioPacketSource("aac");
  if (streams.video) output.addVideoTrack(video);
  if (streams.audio) output.addAudioTrack(audio);
  await output.start();

  const pictures = streams.video ? picturesOf(job) : [].values();
  const sounds = streams.audio ? soundsOf(job) : [].values();
  let picture = pictures.next();
  let sound = sounds.next();
  let added = 0;
  for (; picture.done !== true || sound.done !== true; added += 1) {
    if (sound.done === true || (picture.done !== true && picture.value.timestamp <= sound.value.timestamp)) {
      if (picture.done === true) break;
      await video.add(picture.value, { decoderConfig: form.video });
      picture = pictures.next();
    } else {
      await audio.add(sound.value, { decoderConfig: form.audio });
      sound = sounds.next();
    }
    if (added % packetsPerTurn === packetsPerTurn - 1) await nextTurn();
  }
  await output.finalize();
  if (target.buffer === null) throw new Error("the muxer ended without a file");
  return new Uint8Array(target.buffer);
}

/** A two-hour file is 400,000 packets: others get their turn in between. */
const packetsPerTurn = 500;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Whole picture first, then "as before" ten times a second; a whole one again every ten seconds, for seeking. */
function* picturesOf({ fromMs, toMs, form }: Job): Generator<EncodedPacket, undefined> {
  const count = Math.max(1, Math.round((toMs - fromMs) / samples.videoFrameMs));
  for (let n = 0; n < count; n += 1) {
    const sinceKey = n % picturesPerKey;
    const still = form.stillPictures[(sinceKey - 1) % form.stillPictures.length];
    const data = sinceKey === 0 || still === undefined ? form.keyPicture : still;
    const atS = (fromMs + n * samples.videoFrameMs) / 1_000;
    yield new EncodedPacket(data, sinceKey === 0 ? "key" : "delta", atS, samples.videoFrameMs / 1_000);
  }
  return undefined;
}

const picturesPerKey = 100;

/** Every frame of one grid for the whole recording that begins in the span, so that slices join without a hole. */
function* soundsOf({ fromMs, toMs, form }: Job): Generator<EncodedPacket, undefined> {
  const end = Math.max(gridAt(toMs), gridAt(fromMs) + 1);
  for (let frame = gridAt(fromMs); frame < end;) {
    // The last frame stands alone: readers take a packet for one frame long when they measure the file.
    const count = Math.max(1, Math.min(form.silencesMax, end - 1 - frame));
    const data = count === 1 ? form.silence : Buffer.concat(Array.from({ length: count }, () => form.silence));
    yield new EncodedPacket(
      data,
      "key",
      (frame * samples.audioFrameMs) / 1_000,
      (count * samples.audioFrameMs) / 1_000,
    );
    frame += count;
  }
  return undefined;
}

function gridAt(atMs: number): number {
  // The small part takes back what division adds to a time that lies on the grid.
  return Math.ceil(atMs / samples.audioFrameMs - 1e-6);
}

const { sequenceParameterSet: sps, pictureParameterSet: pps } = samples;
const startCode = Uint8Array.of(0, 0, 0, 1);
const avc = {
  codec: `avc1.${Buffer.from(sps.subarray(1, 4)).toString("hex")}`,
  codedWidth: samples.picture.width,
  codedHeight: samples.picture.height,
};
const aac = { codec: "mp4a.40.2", numberOfChannels: 1, sampleRate: samples.audioSampleRate };

/** As in a transport stream. Several audio frames share a packet, which takes 188 bytes however little is in it. */
const adtsAndStartCodes: Form = {
  video: avc,
  audio: aac,
  keyPicture: Buffer.concat([startCode, sps, startCode, pps, startCode, samples.keyPicture]),
  stillPictures: samples.stillPictures.map((still) => Buffer.concat([startCode, still])),
  silence: Buffer.concat([samples.silenceHeader, samples.silence]),
  silencesMax: 8,
};

/** As in MP4, which describes the streams in its head. */
const lengthPrefixed: Form = {
  video: { ...avc, description: decoderConfigurationRecord() },
  audio: { ...aac, description: samples.audioSpecificConfig },
  keyPicture: withLength(samples.keyPicture),
  stillPictures: samples.stillPictures.map(withLength),
  silence: samples.silence,
  silencesMax: 1,
};

function withLength(unit: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return Buffer.concat([length, unit]);
}

/** The `avcC` box's content: version, profile, four-byte lengths, then one set of each kind with its length. */
function decoderConfigurationRecord(): Uint8Array {
  const head = Uint8Array.of(1, ...sps.subarray(1, 4), 0xff);
  return Buffer.concat([head, Uint8Array.of(0xe1, 0, sps.length), sps, Uint8Array.of(1, 0, pps.length), pps]);
}

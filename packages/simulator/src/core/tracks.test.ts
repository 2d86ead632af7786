import { describe, expect, test } from "vitest";
import { recordingOf } from "../testing/recording-of.ts";
import type { StartOptions } from "../testing/simulated-agora.ts";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";

type Joins = readonly (readonly [number, "both" | "audio" | "video" | "nothing"])[];

async function tracksOf(options: StartOptions, joins: Joins, patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const agora = createSimulatedAgora(patch);
  for (const [uid, publishes] of joins) agora.join(uid, "host", publishes);
  const { sid } = await agora.record(7, options);
  const tracks = recordingOf(agora, sid).tracks.map(({ uid, type }) => `${String(uid)} ${type}`);
  return { agora, sid, tracks };
}

const mix = (config: Readonly<Record<string, unknown>>): StartOptions => ({
  recordingConfig: { channelType: 0, maxIdleTime: 20, ...config },
});
const individual = (config: Readonly<Record<string, unknown>>): StartOptions => ({
  ...mix({ subscribeUidGroup: 5, ...config }),
  mode: "individual",
});
const both: Joins = [
  [1, "both"],
  [2, "both"],
];

describe("subscriptions", () => {
  test.each<readonly [string, StartOptions, Joins, readonly string[]]>([
    ["no list is everybody", mix({}), both, ["0 audio_and_video"]],
    ["streamTypes 0 is audio", mix({ streamTypes: 0 }), both, ["0 audio"]],
    ["streamTypes 1 is video", mix({ streamTypes: 1 }), both, ["0 video"]],
    ["who sends audio only gives audio", mix({}), [[1, "audio"]], ["0 audio"]],
    [
      "two who send one medium each give both",
      mix({}),
      [
        [1, "audio"],
        [2, "video"],
      ],
      ["0 audio_and_video"],
    ],
    ["who sends nothing gives nothing", mix({}), [[1, "nothing"]], []],
    ["a white list leaves the others out", mix({ subscribeAudioUids: ["3"], subscribeVideoUids: ["3"] }), both, []],
    ["a list for audio alone leaves the video out", mix({ subscribeAudioUids: ["1"] }), both, ["0 audio"]],
    ["a black list for video alone leaves the audio out", mix({ unSubscribeVideoUids: ["1"] }), both, ["0 video"]],
    [
      "#allstream# is everybody",
      mix({ subscribeAudioUids: ["#allstream#"], unSubscribeVideoUids: ["1", "2"] }),
      both,
      ["0 audio"],
    ],
    ["individual has a track per uid and medium", individual({}), both, ["1 audio", "1 video", "2 audio", "2 video"]],
    [
      "lists work per uid and medium",
      individual({ subscribeAudioUids: ["2"], unSubscribeVideoUids: ["2"] }),
      both,
      ["1 video", "2 audio"],
    ],
  ])("%s", async (_, options, joins, expected) => {
    expect((await tracksOf(options, joins)).tracks).toEqual(expected);
  });

  test("in the live profile the audience is not recorded, until it becomes host", async () => {
    const { agora, sid } = await tracksOf(individual({ channelType: 1 }), []);
    agora.join(1, "audience");
    expect(recordingOf(agora, sid).tracks).toEqual([]);
    agora.role(1, "host");
    expect(recordingOf(agora, sid).tracks).toMatchObject([{ uid: 1 }, { uid: 1 }]);
  });

  test("mix records the first 17 who send; when one leaves the 18th moves up", async () => {
    const silent: Joins = Array.from({ length: 17 }, (_, index) => [index + 1, "audio"] as const);
    const { agora, sid, tracks } = await tracksOf(mix({}), [...silent, [18, "video"]]);
    expect(tracks).toEqual(["0 audio"]);
    agora.leave(3);
    expect(recordingOf(agora, sid).tracks).toMatchObject([{ type: "audio_and_video" }]);
  });

  test.each([
    [true, 2],
    [false, 4],
  ])("individual records as many uids as subscribeUidGroup says, uidGroupLimits %s", async (uidGroupLimits, count) => {
    const joins: Joins = [1, 2, 3, 4].map((uid) => [uid, "audio"] as const);
    const { agora, sid, tracks } = await tracksOf(individual({ subscribeUidGroup: 0 }), joins, {
      switches: { uidGroupLimits },
    });
    expect(tracks).toHaveLength(count);
    agora.leave(1);
    expect(recordingOf(agora, sid).tracks[0]).toMatchObject({ uid: 2 });
  });

  test("a stream that goes on keeps its beginning when others come and go", async () => {
    const { agora, sid } = await tracksOf(individual({}), both);
    agora.scheduler.advance(5_000);
    const before = recordingOf(agora, sid).tracks[0]?.sinceMs;
    agora.leave(2);
    expect(recordingOf(agora, sid).tracks[0]).toMatchObject({ uid: 1, sinceMs: before });
  });
});

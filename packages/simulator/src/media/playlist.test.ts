import { expect, test } from "vitest";
import { renderPlaylist } from "./playlist.ts";

const startedAtMs = Date.UTC(2024, 4, 7, 7, 3, 29, 192);
const video = { type: "video" } as const;
const entries = [
  { name: "s_20240507070329192.ts", startedAtMs, durationMs: 15_840, isStart: true, ...video },
  { name: "s_20240507070345032.ts", startedAtMs: startedAtMs + 15_840, durationMs: 16_020, isStart: false, ...video },
];

test("the playlist is written as in the reference (R 9.5)", () => {
  expect(renderPlaylist(entries, { isEnded: true, correctExtinf: false })).toBe(
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-ALLOW-CACHE:YES
#EXT-X-TARGETDURATION:17
#EXT-X-DISCONTINUITY
#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=VIDEO,TIME=20240507070329192
#EXTINF:15.840000
s_20240507070329192.ts
#EXTINF:16.020000
s_20240507070345032.ts
#EXT-X-ENDLIST
`,
  );
});

test("correctEXTINF adds the comma, and a running playlist has no end", () => {
  const text = renderPlaylist(entries, { isEnded: false, correctExtinf: true });
  expect(text.match(/^#EXTINF:.*$/gm)).toEqual(["#EXTINF:15.840000,", "#EXTINF:16.020000,"]);
  expect(text).not.toContain("ENDLIST");
});

test("a playlist of both streams says when each began", () => {
  const [entry] = entries.map((each) => ({ ...each, type: "audio_and_video" as const }));
  const text = renderPlaylist(entry === undefined ? [] : [entry], { isEnded: true, correctExtinf: false });
  expect(text.match(/TRACK_TYPE=\w+/g)).toEqual(["TRACK_TYPE=AUDIO", "TRACK_TYPE=VIDEO"]);
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isPresetName, recordingPresets, withPreset } from "./presets.ts";

describe("presets", () => {
  test("have the four layouts, the recordings of single users, snapshots and pages", () => {
    expect(Object.entries(recordingPresets).map(([name, { mode }]) => `${name} ${mode}`)).toEqual([
      "mix-floating mix",
      "mix-best-fit mix",
      "mix-vertical mix",
      "mix-custom mix",
      "mix-audio mix",
      "individual-standard individual",
      "individual-audio individual",
      "individual-video individual",
      "individual-original-audio individual",
      "snapshots individual",
      "individual-snapshots individual",
      "web-page web",
      "web-page-rtmp web",
    ]);
  });

  test("yield to single keys of a rule at any depth; lists are replaced as a whole", () => {
    const parts = withPreset("mix-custom", {
      recordingConfig: { channelType: 1, transcodingConfig: { fps: 30, layoutConfig: [{ x_axis: 0 }] } },
      recordingFileConfig: { avFileType: ["hls"] },
    });
    expect(parts).toEqual({
      recordingConfig: {
        channelType: 1,
        streamTypes: 2,
        audioProfile: 1,
        transcodingConfig: {
          width: 1280,
          height: 720,
          fps: 30,
          bitrate: 1130,
          mixedVideoLayout: 3,
          layoutConfig: [{ x_axis: 0 }],
        },
      },
      recordingFileConfig: { avFileType: ["hls"] },
    });
    expect(withPreset("snapshots", {}).recordingFileConfig).toBeUndefined();
  });

  test("are known by their names alone", () => {
    expect(["web-page", "mix_floating", "toString", "__proto__", 7, undefined].map(isPresetName)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("are listed in docs/presets.md with mode and description", () => {
    const page = readFileSync(new URL("../../../../docs/presets.md", import.meta.url), "utf8");
    const rows = Object.entries(recordingPresets).map(
      ([name, { description, mode }]) => `| \`${name}\` | ${mode} | ${description} |`,
    );
    expect(page).toContain(rows.join("\n"));
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiConfigError } from "./api-config-error.ts";
import { buildStartClientRequest } from "./build-start-client-request.ts";
import { startRequestTemplate } from "./start-request-template.ts";
import type { PresetName } from "./wire/presets.ts";
import { isPresetName, recordingPresets } from "./wire/presets.ts";

const storageConfig = {
  vendor: "gcs",
  bucket: "b",
  accessKey: "planted-a",
  secretKey: "planted-s",
  fileNamePrefix: ["autorec", "{date}", "{channel}"],
} as const;
const presets = Object.keys(recordingPresets).filter(isPresetName);

function rule(preset: PresetName) {
  const web = { url: "https://example.org/{channel}", rtmpUrl: "rtmp://example.org/live" };
  const page = preset === "web-page" ? { web: { url: web.url } } : { web };
  return { preset, storageConfig, ...(recordingPresets[preset].mode === "web" ? page : {}) };
}

/** Of attempts, and of what no attempt should have. */
const attempts = fc.record(
  {
    channelName: fc.oneof(fc.constant("a room"), fc.string({ maxLength: 70 })),
    dateAtMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    maxIdleMs: fc.constantFrom(5_000, 30_000, 1),
    token: fc.constantFrom("007-a", "007-b", ""),
  },
  { requiredKeys: [] },
);

/** The text that leaves, or what people are told instead. */
function outcomeOf(build: () => object): string {
  try {
    return JSON.stringify(build());
  } catch (err) {
    if (err instanceof ApiConfigError) return err.message;
    throw err;
  }
}

describe("a template", () => {
  test.each(presets)("of %s builds what a full build builds, letter by letter, errors too", (preset) => {
    const parts = rule(preset);
    const template = startRequestTemplate(parts);
    const seen = { requests: 0, errors: 0 };
    fc.assert(
      fc.property(attempts, ({ maxIdleMs, token, ...rest }) => {
        const own =
          recordingPresets[preset].mode === "web"
            ? rest
            : { ...rest, ...(maxIdleMs && { maxIdleMs }), ...(token !== undefined && { token }) };
        const full = outcomeOf(() => buildStartClientRequest({ ...parts, ...own }));
        expect(outcomeOf(() => template(own))).toBe(full);
        if (full.startsWith("{")) seen.requests += 1;
        else seen.errors += 1;
      }),
      { numRuns: 300 },
    );
    expect(seen.requests).toBeGreaterThan(10);
    expect(seen.errors).toBeGreaterThan(10);
  });

  test("does not fill in folders where the rule names none", () => {
    const { fileNamePrefix: _, ...bare } = storageConfig;
    const template = startRequestTemplate({ preset: "mix-best-fit", storageConfig: bare });
    for (const channelName of ["a", "b"]) {
      const own = { channelName, dateAtMs: 0, token: "007" };
      expect(template(own)).toEqual(buildStartClientRequest({ preset: "mix-best-fit", storageConfig: bare, ...own }));
    }
  });
});

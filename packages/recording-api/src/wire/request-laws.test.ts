import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { ApiConfigError } from "../api-config-error.ts";
import { buildStartClientRequest } from "../build-start-client-request.ts";
import { acquireClientRequestSchemas, acquireClientRequestWireSchema } from "./acquire-client-request.ts";
import { valuesOf } from "../testing/arbitrary-request.ts";
import type { PresetName } from "./presets.ts";
import { isPresetName, recordingPresets } from "./presets.ts";
import { recordingModes } from "./recording-mode.ts";
import { startClientRequestSchemas, startClientRequestWireSchemas } from "./start-client-request.ts";
import {
  updateClientRequestSchemas,
  updateClientRequestWireSchemas,
  updateLayoutClientRequestSchema,
  updateLayoutClientRequestWireSchema,
} from "./update-client-request.ts";

interface Pair {
  readonly call: string;
  readonly strict: z.ZodType;
  readonly wire: z.ZodType;
}

const pairs: readonly Pair[] = [
  ...recordingModes.flatMap((mode): readonly Pair[] => [
    { call: `acquire ${mode}`, strict: acquireClientRequestSchemas[mode], wire: acquireClientRequestWireSchema },
    { call: `start ${mode}`, strict: startClientRequestSchemas[mode], wire: startClientRequestWireSchemas[mode] },
    { call: `update ${mode}`, strict: updateClientRequestSchemas[mode], wire: updateClientRequestWireSchemas[mode] },
  ]),
  {
    call: "updateLayout",
    strict: updateLayoutClientRequestSchema,
    wire: updateLayoutClientRequestWireSchema,
  },
];

describe("what we send", () => {
  test.each(pairs)("$call is always something that Agora reads", ({ strict, wire }) => {
    let valid = 0;
    fc.assert(
      fc.property(valuesOf(strict), (request) => {
        if (!strict.safeParse(request).success) return;
        valid += 1;
        expect(wire.safeParse(request).error?.issues).toBeUndefined();
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(8);
  });

  test("is refused with all its problems or valid, whatever a rule changes in a preset", () => {
    const storageConfig = { vendor: "gcs", bucket: "b", accessKey: "planted-a", secretKey: "planted-s" };
    const shapes = fc.constantFrom(...recordingModes).chain((mode) => valuesOf(startClientRequestSchemas[mode]));
    const junk = fc.anything({
      maxDepth: 2,
      key: fc.constantFrom("streamTypes", "transcodingConfig", "fps", "url", "x"),
    });
    const names = Object.keys(recordingPresets).filter(isPresetName);
    const seen = { valid: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...names), shapes, junk, fc.boolean(), (preset, shape, noise, noisy) => {
        const own: Readonly<Record<string, unknown>> = { ...asMap(shape), ...(noisy ? asMap(noise) : {}) };
        const build = (): unknown =>
          buildStartClientRequest({
            preset,
            storageConfig,
            ...pageOf(preset),
            ...parts(own),
            channelName: "class-101",
          });
        try {
          const request = build();
          const { mode } = recordingPresets[preset];
          expect(startClientRequestSchemas[mode].safeParse(request).success).toBe(true);
          expect(startClientRequestWireSchemas[mode].safeParse(request).success).toBe(true);
          seen.valid += 1;
        } catch (err) {
          if (!(err instanceof ApiConfigError)) throw err;
          expect(err.problems.length).toBeGreaterThan(0);
          expect(JSON.stringify(err.problems)).not.toContain("planted");
          seen.refused += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.valid, seen.refused)).toBeGreaterThan(20);
  });
});

function pageOf(preset: PresetName): { readonly web?: Readonly<Record<string, unknown>> } {
  return preset.startsWith("web") ? { web: { url: "https://a.example/{channel}" } } : {};
}

function parts(own: Readonly<Record<string, unknown>>): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const keys = ["recordingConfig", "recordingFileConfig", "snapshotConfig"];
  return Object.fromEntries(keys.filter((key) => own[key] !== undefined).map((key) => [key, asMap(own[key])]));
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fastSimulatorDurations, realSimulatorDurations, simulatorDurationsSchema } from "./durations.ts";
import { changeSettings, parseSimulatorSettings, publicSettings } from "./simulator-settings.ts";
import { simulatorSwitchesSchema } from "./switches.ts";

const accounts = [
  {
    customerId: "a",
    customerSecret: "planted-secret",
    apps: [{ appId: "0".repeat(32), appCertificate: "1".repeat(32) }],
  },
];

describe("parseSimulatorSettings", () => {
  test("durations that are not given come from the profile", () => {
    expect(parseSimulatorSettings({ accounts }).durations).toEqual(realSimulatorDurations);
    const fast = parseSimulatorSettings({ accounts, profile: "fast", durations: { firstSliceMs: 1 } });
    expect(fast.durations).toEqual({ ...fastSimulatorDurations, firstSliceMs: 1 });
  });

  test("every unknown key is an error that names it", () => {
    const wrong = { accounts, durations: { exitWindow: 1 }, switches: { sid: true }, extra: 1 };
    expect(() => parseSimulatorSettings(wrong)).toThrow(/exitWindow[^]*sid[^]*extra|extra[^]*exitWindow[^]*sid/);
  });

  test.each([
    [{}, /accounts/],
    [{ accounts: [{ ...accounts[0], apps: [{ appId: "short" }] }] }, /32 hex digits/],
    [{ accounts, durations: { migrationMs: { min: 2, max: 1 } } }, /min <= max/],
    ["text", /object/],
  ])("wrong settings are explained without a secret", (wrong, expected) => {
    expect(() => parseSimulatorSettings(wrong)).toThrow(expected);
    expect(() => parseSimulatorSettings(wrong)).not.toThrow(/planted/);
  });

  test("every duration and switch says what it means", () => {
    for (const schema of [simulatorDurationsSchema, simulatorSwitchesSchema]) {
      for (const [name, field] of Object.entries(schema.shape)) {
        expect(z.toJSONSchema(field, { io: "input" }).description, name).toMatch(/\.$/);
      }
    }
  });

  test("what may be shown has no secret", () => {
    const webhooks = [
      { productId: 3 as const, url: "https://me:planted@example.org/hook?key=planted", secret: "planted-ncs" },
    ];
    const text = JSON.stringify(publicSettings(parseSimulatorSettings({ accounts, webhooks })));
    expect(text).not.toMatch(/planted|1{32}/);
    expect(text).toContain(`"url":"https://example.org/hook"`);
  });

  test.each([
    [{ productId: 2 }, /productId/],
    [{ url: "ftp://example.org" }, /url/],
    [{ secret: "planted secret" }, /7 to 32 letters/],
    [{ eventTypes: [] }, /eventTypes/],
  ])("a webhook with %j is refused without its secret", (wrong, expected) => {
    const webhook = { productId: 1, url: "http://example.org", secret: "planted-secret", ...wrong };
    expect(() => parseSimulatorSettings({ accounts, webhooks: [webhook] })).toThrow(expected);
    expect(() => parseSimulatorSettings({ accounts, webhooks: [webhook] })).not.toThrow(/planted/);
  });

  test("plain http is for webhooks of a simulator, with httpsOnly for none", () => {
    const webhooks = [{ productId: 1, url: "http://example.org", secret: "planted-secret" }];
    expect(parseSimulatorSettings({ accounts, webhooks }).webhooks).toMatchObject(webhooks);
    expect(() => parseSimulatorSettings({ accounts, webhooks, switches: { httpsOnly: true } })).toThrow(
      /expected an https address.*\n.*webhooks\[0\]\.url/,
    );
  });
});

describe("changeSettings", () => {
  const settings = parseSimulatorSettings({ accounts });

  test("changes what is named and keeps the rest", () => {
    const change = {
      switches: { uidClash: "ignored" },
      durations: { firstSliceMs: 3 },
      limits: [{ customerId: "a", workersMax: 1 }],
    };
    const changed = changeSettings(settings, change);
    expect(changed.switches).toEqual({ ...settings.switches, uidClash: "ignored" });
    expect(changed.durations).toEqual({ ...settings.durations, firstSliceMs: 3 });
    expect(changed.accounts[0]).toMatchObject({ customerSecret: "planted-secret", workersMax: 1 });
  });

  test.each([{ switches: { nope: 1 } }, { nope: 1 }, { limits: [{ customerId: "b" }] }])("refuses %j", (change) => {
    expect(() => changeSettings(settings, change)).toThrow(/nope|account b/);
  });
});

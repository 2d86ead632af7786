import { z } from "zod";
import type { SimulatorDurations } from "./durations.ts";
import { fastSimulatorDurations, realSimulatorDurations, simulatorDurationsSchema } from "./durations.ts";
import { mediaSettingsSchema } from "./media.ts";
import { presenceSettingsSchema } from "./presence.ts";
import { simulatorSwitchesSchema } from "./switches.ts";
import { notificationDeliverySchema, webhooksSchema } from "./webhooks.ts";

const appSchema = z.strictObject({
  appId: z.string().regex(/^[0-9a-f]{32}$/i, "expected 32 hex digits"),
  appCertificate: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, "expected 32 hex digits")
    .optional()
    .describe("When given, every recorder needs a valid token for its channel and uid."),
  service: z
    .enum(["enabled", "notEnabled", "inactive"])
    .default("enabled")
    .describe("Cloud Recording of the App ID: acquire answers 400/400 when not enabled, 400/405 when inactive."),
});

const urls = z.array(z.string()).default([]);
const webSchema = z.strictObject({
  failingUrls: urls.describe("Pages that cannot be opened: their recording dies with access_url_failed."),
  heavyUrls: urls.describe("Pages that are too much for the recorder: event 72, and the recording ends."),
  unreadyUrls: urls.describe("Pages that never call notifyReady; matters to a start with readyTimeout only."),
  brokenRtmpUrls: urls.describe("Pushes to these addresses are disconnected."),
});

const accountSchema = z.strictObject({
  customerId: z.string().min(1),
  customerSecret: z.string().min(1),
  requestsPerSecond: z.number().positive().default(10).describe("More are answered 429."),
  burst: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("Requests that may come at once; as requestsPerSecond unless given."),
  workersMax: z
    .number()
    .int()
    .positive()
    .default(50)
    .describe("Recordings at the same time; more are answered 400/406."),
  apps: z.array(appSchema).min(1),
});

const deliverySchema = z.strictObject({
  copies: z.number().int().min(1).max(20).default(1).describe("Each event is published so many times."),
  shuffleWindowMs: z.number().int().nonnegative().default(0).describe("Each copy is delayed by a random part of this."),
  dropRate: z.number().min(0).max(1).default(0).describe("Share of the droppable events that is not published."),
});

const settingsFields = z.strictObject({
  profile: z.enum(["real", "fast"]).default("real").describe("Where the durations that are not given come from."),
  accounts: z.array(accountSchema).min(1),
  durations: simulatorDurationsSchema,
  switches: simulatorSwitchesSchema.prefault({}),
  delivery: deliverySchema.prefault({}).describe("How events of product 1 go astray on their way to Kafka."),
  webhooks: webhooksSchema.describe("Receivers of signed notifications."),
  notificationDelivery: notificationDeliverySchema.prefault({}),
  presence: presenceSettingsSchema.prefault({}),
  brokenBuckets: z
    .array(z.string())
    .default([])
    .describe("Recordings to these buckets are accepted and die unconfirmed, as with wrong storage keys."),
  backupBuckets: z
    .array(z.string())
    .default([])
    .describe("Uploads to these buckets go through Agora's backup storage."),
  web: webSchema.prefault({}),
  media: mediaSettingsSchema.optional().describe("Real files; none are written without it."),
  client: z
    .record(z.string(), z.union([z.number(), z.array(z.number())]))
    .default({})
    .describe("Every duration of autorec, in ms, for whoever judges the history."),
  recoveries: z
    .array(z.strictObject({ channel: z.string(), coverAfterMs: z.number().int().nonnegative() }))
    .default([])
    .describe(
      "For whoever judges: autorec's coverAfter by channel (a name, or its beginning and `*`); the first that fits.",
    ),
});

/** Agora refuses plain HTTP; so do these settings when they are told to. @see E 1.1 */
const settingsShape = settingsFields.superRefine(({ webhooks, switches }, context) => {
  if (!switches.httpsOnly) return;
  for (const [index, { url }] of webhooks.entries()) {
    if (url.startsWith("https:")) continue;
    const message = "expected an https address, since switches.httpsOnly is true";
    context.addIssue({ code: "custom", path: ["webhooks", index, "url"], message });
  }
});

/** The settings file: strict, complete after parsing; durations that are not given come from `profile`. */
const simulatorSettingsSchema = z.preprocess(withProfileDurations, settingsShape);

export type SimulatorSettings = z.infer<typeof settingsShape>;
export type SimulatorAccount = z.infer<typeof accountSchema>;
export type SimulatorApp = z.infer<typeof appSchema>;
/** What a caller has to write down. */
export type SimulatorSettingsInput = Omit<z.input<typeof settingsShape>, "durations"> & {
  readonly durations?: Partial<SimulatorDurations>;
};

/** Settings, switches, durations and limits that may change while the simulator runs. */
export const settingsChangeSchema = z.strictObject({
  durations: z.record(z.string(), z.unknown()).default({}),
  switches: z.record(z.string(), z.unknown()).default({}),
  delivery: z.record(z.string(), z.unknown()).default({}),
  notificationDelivery: z.record(z.string(), z.unknown()).default({}),
  brokenBuckets: z.array(z.string()).optional(),
  backupBuckets: z.array(z.string()).optional(),
  web: z.record(z.string(), z.unknown()).default({}),
  limits: z
    .array(
      z.strictObject({
        customerId: z.string(),
        requestsPerSecond: z.number().positive().optional(),
        burst: z.number().int().positive().optional(),
        workersMax: z.number().int().positive().optional(),
      }),
    )
    .default([]),
});
export type SettingsChange = z.input<typeof settingsChangeSchema>;

/** @throws SettingsError that names each key or value that is wrong, never a secret's value. */
export function parseSimulatorSettings(input: unknown): SimulatorSettings {
  return parseOrExplain(simulatorSettingsSchema, input);
}

/** The settings with the change applied; checked as a whole, so a wrong key changes nothing. */
export function changeSettings(settings: SimulatorSettings, input: unknown): SimulatorSettings {
  const change = parseOrExplain(settingsChangeSchema, input);
  const unknownAccount = change.limits.find(
    (limit) => !settings.accounts.some((a) => a.customerId === limit.customerId),
  );
  if (unknownAccount !== undefined) {
    throw new SettingsError(`limits name the account ${unknownAccount.customerId}, which the settings do not have`);
  }
  return parseSimulatorSettings({
    ...settings,
    durations: { ...settings.durations, ...change.durations },
    switches: { ...settings.switches, ...change.switches },
    delivery: { ...settings.delivery, ...change.delivery },
    notificationDelivery: { ...settings.notificationDelivery, ...change.notificationDelivery },
    brokenBuckets: change.brokenBuckets ?? settings.brokenBuckets,
    backupBuckets: change.backupBuckets ?? settings.backupBuckets,
    web: { ...settings.web, ...change.web },
    accounts: settings.accounts.map((account) => ({
      ...account,
      ...change.limits.find((limit) => limit.customerId === account.customerId),
    })),
  });
}

/** Everything but the secrets: what the history and the admin API may show. */
export function publicSettings(settings: SimulatorSettings): Readonly<Record<string, unknown>> {
  return {
    ...settings,
    accounts: settings.accounts.map(({ customerId, requestsPerSecond, burst, workersMax, apps }) => ({
      customerId,
      requestsPerSecond,
      burst: burst ?? Math.ceil(requestsPerSecond),
      workersMax,
      apps: apps.map(({ appId, appCertificate, service }) => ({
        appId,
        needsToken: appCertificate !== undefined,
        service,
      })),
    })),
    // What stands behind the path may be a secret too.
    webhooks: settings.webhooks.map(({ secret: _secret, url, ...rest }) => ({ ...rest, url: shownUrl(url) })),
  };
}

/** An address without what may be secret in it: name and password, query. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** A setting is wrong; the message says which and what was expected. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "REC_SIMULATOR_SETTINGS";
}

function parseOrExplain<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new SettingsError(`the simulator's settings are wrong:\n${z.prettifyError(parsed.error)}`);
}

function withProfileDurations(input: unknown): unknown {
  if (!isObject(input)) return input;
  const given = input["durations"] ?? {};
  if (!isObject(given)) return input;
  const profile = input["profile"] === "fast" ? fastSimulatorDurations : realSimulatorDurations;
  return { ...input, durations: { ...profile, ...given } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

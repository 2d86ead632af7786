import {
  checkSnapshots,
  recordingFileConfigSchemas,
  recordingPresets,
  snapshotConfigSchema,
} from "@autorec/recording-api/wire";
import { z } from "zod";
import { individualRecording, mixRecording, webPage } from "./recording-schema.ts";
import { plainText, secretReference, storageSchema } from "./storage-schema.ts";

/** What names of apps, storages and rules look like. */
export const nameExpects = "1 … 64 letters, digits, dots, hyphens or underscores, a letter or digit first";
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .meta({ expects: nameExpects });

const appSchema = z.strictObject({
  appId: plainText.describe("The project's App ID: 32 hex digits."),
  customerId: plainText.describe("Customer ID of the RESTful API."),
  customerSecret: secretReference,
  appCertificate: secretReference
    .optional()
    .describe("Primary certificate, if the project has one: tokens are made with it."),
  quota: z
    .strictObject({
      requestsPerSecond: z.number().positive().max(10_000).default(10),
      workers: z.int().min(1).max(1_000_000).default(50),
    })
    .prefault({})
    .describe("What Agora allows this account; the defaults are Agora's."),
  channelManagement: z
    .boolean()
    .default(false)
    .describe("Agora may be asked who is in a channel when presence is in doubt; these credentials must allow it."),
});

const coverAfter = z.strictObject({ coverAfterSeconds: z.number().positive().max(3_600) });

const ruleFields = {
  name,
  match: z.strictObject({
    app: name.optional().describe("Name under apps; absent = every app."),
    channel: z
      .string()
      .min(1)
      .max(128)
      .describe("* = any run of characters, ? = one character, \\ before either takes its meaning away."),
  }),
  storage: name,
  graceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe("Wait after the last participant left; at most 30 s of it when they left normally or were banned."),
  maxIdleSeconds: z
    .int()
    .min(5)
    .max(2_592_000)
    .optional()
    .describe("Agora's maxIdleTime: a recorder that nobody can stop leaves by itself."),
  recovery: z
    .union([z.enum(["eager", "standard", "patient"]), coverAfter])
    .default("standard")
    .meta({ expects: "eager, standard, patient or { coverAfterSeconds: N }" }),
  countAudience: z
    .boolean()
    .default(false)
    .describe("Profile live: the audience keeps a channel recorded too, although Agora's recorder waits for hosts."),
  recorders: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .meta({ expects: "1 or 2" })
    .describe("2 = a second recorder on other machines records the same, so that either may die. Each is billed."),
  priority: z.int().min(0).max(1_000).default(0).describe("Who goes first when workers are short: the greater."),
};

const presetDoc =
  "Mode and recording by one name; what stands beside it changes single keys. docs/presets.md lists them.";

function presetOfMode(mode: "individual" | "mix" | "web"): z.ZodOptional<z.ZodEnum> {
  const names = Object.entries(recordingPresets).filter(([, preset]) => preset.mode === mode);
  return z
    .enum(names.map(([preset]) => preset))
    .optional()
    .describe(presetDoc);
}

/** What a rule holds whatever its mode; tells what else is wrong where the mode is. */
export const ruleWithoutMode = z.strictObject({
  ...ruleFields,
  mode: z.unknown().optional(),
  preset: z.enum(Object.keys(recordingPresets)).optional(),
  recordingConfig: z.unknown().optional(),
  recordingFileConfig: z.unknown().optional(),
  snapshotConfig: z.unknown().optional(),
  web: z.unknown().optional(),
});

/** Of another mode; named so that the error says where it belongs. */
function onlyIn(mode: string): z.ZodOptional<z.ZodNever> {
  return z
    .never()
    .meta({ expects: `nothing: it belongs to mode ${mode}` })
    .optional();
}

const ruleSchema = z.discriminatedUnion("mode", [
  z
    .strictObject({
      ...ruleFields,
      mode: z.literal("individual").describe("Every user in files of their own."),
      preset: presetOfMode("individual"),
      recordingConfig: individualRecording.prefault({}),
      recordingFileConfig: recordingFileConfigSchemas.individual.optional(),
      snapshotConfig: snapshotConfigSchema
        .optional()
        .describe("Pictures of every user's video; without recordingFileConfig beside it nothing else is made."),
      web: onlyIn("web"),
    })
    .superRefine(checkSnapshots),
  z.strictObject({
    ...ruleFields,
    mode: z.literal("mix").describe("Everybody in one file."),
    preset: presetOfMode("mix"),
    recordingConfig: mixRecording.prefault({}),
    recordingFileConfig: recordingFileConfigSchemas.mix.optional(),
    snapshotConfig: onlyIn("individual"),
    web: onlyIn("web"),
  }),
  z.strictObject({
    ...ruleFields,
    maxIdleSeconds: z
      .never()
      .meta({ expects: "nothing: a page knows no idle time, web.maxRecordingHour ends its recording" })
      .optional(),
    mode: z.literal("web").describe("A web page while somebody is in the channel."),
    preset: presetOfMode("web"),
    recordingConfig: onlyIn("individual or mix"),
    recordingFileConfig: recordingFileConfigSchemas.web.optional(),
    snapshotConfig: onlyIn("individual"),
    web: webPage,
  }),
]);

/** The whole of autorec.yaml; references are still texts. */
export const policySchema = z.strictObject({
  apps: z
    .record(name, appSchema)
    .refine((apps) => Object.keys(apps).length > 0)
    .meta({ expects: "at least one app" }),
  storages: z.record(name, storageSchema),
  rules: z.array(ruleSchema).max(1_000).describe("The first that matches wins; a channel without one is not recorded."),
});

/** The file as the schema accepts it: defaults filled in, references not yet looked up. */
export type PolicyDocument = z.output<typeof policySchema>;
/** One item of its `rules`. */
export type RuleDocument = PolicyDocument["rules"][number];

/** JSON Schema of autorec.yaml for editors; generated, never written by hand. */
export function policyJsonSchema(): object {
  const schema = z.toJSONSchema(policySchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      delete jsonSchema["expects"];
      delete jsonSchema["secret"];
    },
  });
  return { title: "autorec.yaml", ...modeOrPreset(schema) };
}

/** A rule with a preset may leave its mode out: it is filled in before the schema looks. */
function modeOrPreset(schema: object): object {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
      if (key === "required" && Array.isArray(value) && value.includes("mode")) {
        const others: readonly unknown[] = value.filter((field) => field !== "mode");
        return [
          [key, others],
          ["anyOf", [{ required: ["mode"] }, { required: ["preset"] }]],
        ];
      }
      if (Array.isArray(value)) return [[key, value.map((item: unknown) => (isMap(item) ? modeOrPreset(item) : item))]];
      return [[key, isMap(value) ? modeOrPreset(value) : value]];
    }),
  );
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

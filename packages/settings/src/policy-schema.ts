import { z } from "zod";
import { individualFiles, individualRecording, mixFiles, mixRecording } from "./recording-schema.ts";
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
  priority: z
    .int()
    .min(0)
    .max(1_000)
    .default(100)
    .describe("Who waits last when quota is short: the smaller goes first."),
};

/** What a rule holds whatever its mode; tells what else is wrong where the mode is. */
export const ruleWithoutMode = z.strictObject({
  ...ruleFields,
  mode: z.unknown().optional(),
  recordingConfig: z.unknown().optional(),
  recordingFileConfig: z.unknown().optional(),
});

const ruleSchema = z.discriminatedUnion("mode", [
  z.strictObject({
    ...ruleFields,
    mode: z.literal("individual"),
    recordingConfig: individualRecording.prefault({}),
    recordingFileConfig: individualFiles.prefault({ avFileType: ["hls"] }),
  }),
  z.strictObject({
    ...ruleFields,
    mode: z.literal("mix"),
    recordingConfig: mixRecording.prefault({}),
    recordingFileConfig: mixFiles.prefault({ avFileType: ["hls"] }),
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
  return { title: "autorec.yaml", ...schema };
}

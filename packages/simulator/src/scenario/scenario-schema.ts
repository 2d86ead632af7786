import { z } from "zod";
import {
  harmSchema,
  joinSchema,
  killSchema,
  leaveSchema,
  migrateSchema,
  noteSchema,
  roleSchema,
} from "../admin/orders.ts";
import { anyFaultOrderSchema } from "../faults/fault-presets.ts";
import { settingsChangeSchema } from "../settings/simulator-settings.ts";

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A length of time: `500ms`, `10s`, `1.5m`, `2h`, or a number of milliseconds. */
export const lengthSchema = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, "expected a length such as 500ms, 10s, 2m or 1h"),
  ])
  .describe("500ms, 10s, 1.5m, 2h, or a number of milliseconds.");

/** Milliseconds of a length. */
export function lengthMs(length: z.output<typeof lengthSchema>): number {
  if (typeof length === "number") return Math.round(length);
  const [, figure = "0", unit = "ms"] = /^([\d.]+)(ms|s|m|h)$/.exec(length) ?? [];
  return Math.round(Number(figure) * (unit === "s" || unit === "m" || unit === "h" ? units[unit] : 1));
}

/** In a repeated step `{n}` in a channel name is the number of the repetition, from 0. */
const people = {
  people: z.int().min(1).max(10_000).default(1).describe("So many, with the uids from `uid` on."),
  uidStep: z.int().min(0).default(0).describe("Added to `uid` with each repetition."),
};

const actions = {
  join: joinSchema.extend(people),
  leave: leaveSchema.extend(people),
  role: roleSchema.extend(people),
  kill: killSchema,
  migrate: migrateSchema,
  harm: harmSchema,
  fault: anyFaultOrderSchema,
  clearFaults: z.literal(true),
  settings: settingsChangeSchema,
  note: noteSchema,
} as const;
const actionNames = [
  "join",
  "leave",
  "role",
  "kill",
  "migrate",
  "harm",
  "fault",
  "clearFaults",
  "settings",
  "note",
] as const;

const stepSchema = z
  .strictObject({
    at: lengthSchema.default(0).describe("From the start of the scenario."),
    every: lengthSchema.optional().describe("Repeats it so often, `times` times."),
    times: z.int().min(1).max(100_000).optional(),
    jitter: lengthSchema.default(0).describe("Each time comes up to so much later."),
    join: actions.join.optional(),
    leave: actions.leave.optional(),
    role: actions.role.optional(),
    kill: actions.kill.optional(),
    migrate: actions.migrate.optional(),
    harm: actions.harm.optional(),
    fault: actions.fault.optional(),
    clearFaults: actions.clearFaults.optional(),
    settings: actions.settings.optional(),
    note: actions.note.optional(),
  })
  .superRefine((step, context) => {
    const named = actionNames.filter((name) => step[name] !== undefined);
    if (named.length !== 1) {
      const found = named.length === 0 ? "none" : named.join(" and ");
      context.addIssue({ code: "custom", message: `expected one action of ${actionNames.join(", ")}; found ${found}` });
    }
    if ((step.every === undefined) !== (step.times === undefined)) {
      context.addIssue({ code: "custom", message: "expected every and times together" });
    }
  });

const eventsMax = 200_000;

/** A timeline of what happens in the simulator. Strict: what nobody reads is an error. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).default("scenario"),
  about: z.string().optional().describe("For people."),
  seed: z.int().nonnegative().optional().describe("Of jitter and of faults without a seed of their own."),
  steps: z
    .array(stepSchema)
    .min(1)
    .max(10_000)
    .refine((steps) => steps.reduce((sum, { times = 1 }) => sum + times, 0) <= eventsMax, {
      error: `expected at most ${String(eventsMax)} steps, repetitions counted one by one`,
    }),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioStep = Scenario["steps"][number];

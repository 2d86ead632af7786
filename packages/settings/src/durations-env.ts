import { type Durations, realDurations } from "@autorec/domain";
import { z } from "zod";
import { checkDurations } from "./check-durations.ts";

type Mutable = { -readonly [Field in keyof Durations]: Durations[Field] };
type ScalarField = { [Field in keyof Durations]: Durations[Field] extends number ? Field : never }[keyof Durations];
type ListField = Exclude<keyof Durations, ScalarField>;

const msMax = 86_400_000;
const listLengthMax = 20;

/** Fields that may be given, by the name of their variable: `leaseMs` → `AUTOREC_LEASE_MS`. */
const fieldOfVariable: ReadonlyMap<string, keyof Durations> = new Map(
  durationFields().map((field) => [variableOf(field), field]),
);

/** Section of the environment: every duration, Agora's real figures by default, checked against each other. */
export const durationsEnv = z
  .object(Object.fromEntries([...fieldOfVariable].map(([variable, field]) => [variable, durationVariable(field)])))
  .transform(toDurations)
  .superRefine((durations, context) => {
    for (const { field, message } of checkDurations(durations)) {
      context.addIssue({ code: "custom", path: [variableOf(field)], message });
    }
  });

/** The environment that gives another process exactly these durations. */
export function durationsToEnv(durations: Durations): Readonly<Record<string, string>> {
  return Object.fromEntries(durationFields().map((field) => [variableOf(field), textOf(durations[field])]));
}

function durationVariable(field: keyof Durations) {
  const fallback = textOf(realDurations[field]);
  const expects = isListField(field)
    ? `1 … ${listLengthMax} whole numbers of ms, separated by commas`
    : "a whole number of ms, 1 … 86400000";
  const description = `${field
    .replace(/Ms$/, "")
    .replace(/(?<=[a-z])(?=[A-Z0-9])/g, " ")
    .toLowerCase()}, ms`;
  return z
    .string()
    .refine((raw) => (isListField(field) ? listOf(raw) !== undefined : numberOf(raw, 1) !== undefined), {
      error: expects,
    })
    .prefault(fallback)
    .meta({ description, expects, fallback });
}

function toDurations(values: Readonly<Record<string, string>>): Durations {
  const durations: Mutable = { ...realDurations };
  for (const [variable, raw] of Object.entries(values)) {
    const field = fieldOfVariable.get(variable);
    if (field === undefined) continue;
    if (isListField(field)) durations[field] = listOf(raw) ?? durations[field];
    else durations[field] = numberOf(raw, 1) ?? durations[field];
  }
  return durations;
}

function numberOf(raw: string, min: number): number | undefined {
  const value = Number(raw);
  return /^\s*\d{1,9}\s*$/.test(raw) && value >= min && value <= msMax ? value : undefined;
}

function listOf(raw: string): readonly number[] | undefined {
  const items = raw.split(",").map((item) => numberOf(item, 0));
  const numbers = items.filter((item) => item !== undefined);
  return numbers.length === items.length && items.length <= listLengthMax ? numbers : undefined;
}

function textOf(value: number | readonly number[]): string {
  return typeof value === "number" ? String(value) : value.join(",");
}

function variableOf(field: keyof Durations): string {
  return `AUTOREC_${field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function durationFields(): readonly (keyof Durations)[] {
  return Object.keys(realDurations).filter(isDurationField);
}

function isDurationField(name: string): name is keyof Durations {
  return Object.hasOwn(realDurations, name);
}

function isListField(field: keyof Durations): field is ListField {
  return typeof realDurations[field] !== "number";
}

import { z } from "zod";
import { ConfigError, type EnvProblem } from "./config-error.ts";
import { isSecretName, maskText } from "./mask-text.ts";
import { nearestName } from "./words/nearest-name.ts";
import { maskSecret } from "./words/secret.ts";

/** `process.env`, or a stand-in. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What is known about the environment besides its sections. */
export interface ParseEnvOptions {
  /** Variables that other parts read and that are therefore no typing errors. */
  readonly known?: readonly string[];
}

const ownPrefixes = /^(?:AUTOREC|KAFKA|REDIS|AGORA)_/;
const shownLengthMax = 80;

/**
 * Reads every section from the environment, or throws one `ConfigError` that names all problems of all sections.
 * An empty variable counts as absent; surrounding blanks are dropped. The sections of the result are frozen.
 */
export function parseEnv<const S extends z.core.$ZodShape>(
  sections: S,
  env: Env,
  options: ParseEnvOptions = {},
): Readonly<z.output<z.ZodObject<S>>> {
  const values = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const trimmed = value?.trim() ?? "";
      return trimmed === "" ? [] : [[name, trimmed] as const];
    }),
  );
  const variables = variablesOf(sections);
  const result = z.object(sections).safeParse(Object.fromEntries(Object.keys(sections).map((name) => [name, values])));
  const problems = [
    ...(result.success ? [] : result.error.issues.map((issue) => problemOf(issue, values, variables))),
    ...mistypedNames(values, new Set([...variables.keys(), ...(options.known ?? [])])),
  ];
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  for (const part of Object.values(result.data)) Object.freeze(part);
  return Object.freeze(result.data);
}

/** Every variable that the sections read, with its schema, in the order of declaration. */
export function variablesOf(sections: Readonly<Record<string, z.core.$ZodType>>): ReadonlyMap<string, z.core.$ZodType> {
  return new Map(Object.values(sections).flatMap((section) => Object.entries(shapeOf(section))));
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in);
  throw new TypeError("an environment section must be a zod object of variables");
}

function problemOf(
  issue: z.core.$ZodIssue,
  values: Readonly<Record<string, string>>,
  variables: ReadonlyMap<string, z.core.$ZodType>,
): EnvProblem {
  const variable = String(issue.path[1] ?? issue.path[0] ?? "");
  const schema = variables.get(variable);
  const meta = schema === undefined ? undefined : z.globalRegistry.get(schema);
  const expects = typeof meta?.["expects"] === "string" ? meta["expects"] : issue.message;
  const given = values[variable];
  const hint =
    given === undefined && typeof meta?.["example"] === "string"
      ? `for example ${variable}=${meta["example"]}`
      : undefined;
  return {
    variable,
    value:
      given === undefined ? undefined : shown(given, { secret: meta?.["secret"] === true || isSecretName(variable) }),
    expected: issue.code === "custom" ? issue.message : expects,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Only names close to a known one: other tools have variables with these prefixes too. */
function mistypedNames(values: Readonly<Record<string, string>>, known: ReadonlySet<string>): EnvProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (!ownPrefixes.test(name) || known.has(name)) return [];
    const meant = nearestName(name, known);
    if (meant === undefined || values[meant] !== undefined) return [];
    return [
      {
        variable: name,
        value: shown(value, { secret: isSecretName(meant) || isSecretName(name) }),
        expected: "a known variable",
        hint: `did you mean ${meant}?`,
      },
    ];
  });
}

function shown(value: string, { secret }: { readonly secret: boolean }): string {
  if (secret) return maskSecret(value);
  const masked = maskText(value);
  if (masked === value && value.includes("@")) return maskSecret(value);
  return masked.length > shownLengthMax ? `${masked.slice(0, shownLengthMax)}… (len ${value.length})` : masked;
}

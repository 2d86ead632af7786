import { nearestName } from "@autorec/service-kit/words";
import type { z } from "zod";
import { fieldNames } from "./wire/field-names.ts";

/** One wrong value: which, what it is (secrets hidden), what it should be. */
export interface ConfigProblem {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

/** Names whose values never appear in an error, a log or a test's output. */
const secretNames: ReadonlySet<string> = new Set([
  "token",
  "accessKey",
  "secretKey",
  "stsToken",
  "secret",
  "salt",
  "rtmpUrl",
  "url",
  "appCertificate",
  "customerSecret",
]);

/**
 * A value that was given to this package can never work at Agora; nothing was sent. Lists every problem at once with
 * field, value and expectation; never holds a secret.
 */
export class ApiConfigError extends Error {
  override readonly name = "ApiConfigError";
  readonly code = "REC_API_CONFIG";
  readonly retry = "terminal";
  readonly problems: readonly ConfigProblem[];

  constructor(subject: string, problems: readonly ConfigProblem[]) {
    super(`${subject}: ${problems.map(problemText).join("; ")}`);
    this.problems = problems;
  }
}

/** The typed value, or an `ApiConfigError` that names everything that is wrong with it. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options: { readonly subject: string; readonly field?: string },
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const prefix = options.field === undefined ? [] : [options.field];
  throw new ApiConfigError(
    options.subject,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, { value, prefix })),
  );
}

function problemsOf(
  issue: z.core.$ZodIssue,
  root: { readonly value: unknown; readonly prefix: readonly string[] },
): readonly ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: fieldName([...root.prefix, ...issue.path, key]),
      value: "not a setting here",
      expected: nameExpectation(key),
    }));
  }
  const path = [...root.prefix, ...issue.path];
  const value = path.some((part) => secretNames.has(String(part)))
    ? "a hidden value"
    : describe(valueAt(root.value, issue.path));
  return [{ field: fieldName(path), value, expected: issue.message }];
}

function nameExpectation(key: string): string {
  if (fieldNames.has(key)) return "no such field here: Agora has one of this name elsewhere";
  const meant = nearestName(key, fieldNames);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  return `a name of Agora's reference, spelled exactly so${hint}`;
}

function problemText(problem: ConfigProblem): string {
  return `${problem.field} is ${problem.value}, expected ${problem.expected}`;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "value" : path.map(String).join(".");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    return typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);
}

/** Objects are not printed: they may hold a secret further down. */
function describe(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "missing";
    case "string":
      return shortened(JSON.stringify(withoutSecretParts(value)));
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    case "symbol":
    case "function":
      return `a ${typeof value}`;
  }
}

/** Of an address, also of a broken one, who may go there and what is asked there are told to nobody. */
function withoutSecretParts(text: string): string {
  const anonymous = text.replace(/\/\/.*@/s, "//…@").replace(/[^\s/@]*:[^\s/@]*@/g, "…@");
  return anonymous.includes("//") ? anonymous.replace(/[?#].*$/s, "…") : anonymous;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

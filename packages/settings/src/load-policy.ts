import type { Durations } from "@autorec/domain";
import type { z } from "zod";
import { applyPresets, presetOf, presetProblems } from "./apply-presets.ts";
import { buildPolicy } from "./build-policy.ts";
import { duplicateProblems, durationProblems, nameProblems, valueProblems } from "./document-problems.ts";
import { explainIssue } from "./explain-issue.ts";
import { isSecretKey } from "./mask-line.ts";
import type { Policy } from "./policy.ts";
import { policySchema, ruleWithoutMode } from "./policy-schema.ts";
import { type ReferenceSources, referencePattern, resolveReference } from "./reference.ts";
import { mayShowValueOf, valueAt } from "./schema-walk.ts";
import { type FileProblem, SettingsError } from "./settings-error.ts";
import { type Path, readYaml, type YamlSource } from "./yaml-source.ts";

/** Where the policy file comes from, and what its references and defaults are looked up in. */
export interface LoadPolicyOptions extends ReferenceSources {
  /** As it is shown in errors. */
  readonly path: string;
  /** Its content; read through `readFile` when absent. */
  readonly text?: string;
  /** Defaults of grace, maxIdle and coverAfter, and what the rules are checked against. */
  readonly durations: Durations;
}

/** Reads autorec.yaml. @throws SettingsError with every problem at once, each with line, column and what to do */
export function loadPolicy(options: LoadPolicyOptions): Policy {
  const written = readYaml(options.text ?? contentOf(options), mayShowValueOf);
  if (written.problems.length > 0) throw new SettingsError(options.path, written.problems);
  const references = resolveAll(written, options);
  const source: YamlSource = { ...written, data: applyPresets(written.data) };
  const parsed = policySchema.safeParse(source.data ?? {});
  const problems = [
    ...(parsed.success
      ? []
      : parsed.error.issues
          .flatMap((issue) => [...(hasWrongPreset(issue, source) ? [] : [issue]), ...besideWrongMode(issue, source)])
          .flatMap((issue) => explainIssue(issue, source).map((problem) => withOrigin(problem, issue, written)))),
    ...references.problems,
    ...presetProblems(written),
    ...duplicateProblems(source),
    ...nameProblems(source),
  ];
  if (parsed.success && problems.length === 0) {
    const { apps, policy } = buildPolicy(parsed.data, references.valueOf, options.durations);
    const found = [...valueProblems(apps, source), ...durationProblems(policy, source, options.durations)];
    if (found.length === 0) return policy;
    throw new SettingsError(options.path, inOrder(found));
  }
  throw new SettingsError(options.path, inOrder(problems));
}

function contentOf({ path, readFile }: LoadPolicyOptions): string {
  try {
    return readFile(path);
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unreadable";
    const message = `the file cannot be read (${reason}); AUTOREC_CONFIG names it, examples/autorec.yaml is one to begin with`;
    throw new SettingsError(path, [{ code: "CONFIG_FILE", line: 0, column: 0, length: 0, sourceLine: "", message }]);
  }
}

/** A value that the file does not have comes from the rule's preset: the problem says so. */
function withOrigin(problem: FileProblem, { path }: z.core.$ZodIssue, written: YamlSource): FileProblem {
  const preset = presetOf(valueAt(written.data, path.slice(0, 2)));
  if (preset === undefined || path.length < 3 || valueAt(written.data, path) !== undefined) return problem;
  return { ...problem, message: `${problem.message} (with preset ${preset}: ${path.slice(2).map(String).join(".")})` };
}

/** A rule whose mode is wrong or missing is not looked at further by the schema; this finds what else is wrong in it. */
function besideWrongMode(issue: z.core.$ZodIssue, source: YamlSource): readonly z.core.$ZodIssue[] {
  const [list, index, key] = issue.path;
  if (
    issue.code !== "invalid_union" ||
    list !== "rules" ||
    index === undefined ||
    (key !== undefined && key !== "mode")
  )
    return [];
  const result = ruleWithoutMode.safeParse(valueAt(source.data, [list, index]));
  return (result.error?.issues ?? []).map((inner) => ({ ...inner, path: [list, index, ...inner.path] }));
}

/** An unknown preset is what is wrong, not the mode that it would have brought. */
function hasWrongPreset({ path }: z.core.$ZodIssue, source: YamlSource): boolean {
  const [list, index, key] = path;
  if (list !== "rules" || index === undefined || key !== "mode") return false;
  const rule = valueAt(source.data, [list, index]);
  return valueAt(rule, ["mode"]) === undefined && valueAt(rule, ["preset"]) !== undefined;
}

function inOrder(problems: readonly FileProblem[]): FileProblem[] {
  const seen = new Set<string>();
  return [...problems]
    .sort((left, right) => left.line - right.line || left.column - right.column)
    .filter((problem) => {
      const key = `${problem.line}:${problem.column}:${problem.message}`;
      return !seen.has(key) && seen.add(key);
    });
}

interface References {
  readonly problems: readonly FileProblem[];
  readonly valueOf: (text: string) => string;
}

/** Every reference of the file is looked up, also those beside other mistakes, so that one run names all that is missing. */
function resolveAll(source: YamlSource, sources: ReferenceSources): References {
  const values = new Map<string, string>();
  const problems: FileProblem[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === "string") {
      const result = resolveReference(value, sources);
      if (result.kind === "value") values.set(value, result.value);
      else if (referencePattern.test(value) || !isSecretKey(String(path.at(-1))))
        problems.push(source.at(path, "CONFIG_REFERENCE", result.message));
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, [...path, index]);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    }
  };
  walk(source.data, []);
  return { problems, valueOf: (text) => values.get(text) ?? text };
}

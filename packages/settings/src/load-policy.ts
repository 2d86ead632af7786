import { createHash } from "node:crypto";
import type { Durations, Rule } from "@autorec/domain";
import { z } from "zod";
import { checkRuleDurations } from "./check-durations.ts";
import { explainIssue } from "./explain-issue.ts";
import { freezeDeep } from "./freeze-deep.ts";
import { matchesGlob } from "./glob.ts";
import { isSecretKey } from "./mask-line.ts";
import { nearestName } from "./nearest-name.ts";
import type { AppSettings, Policy, RequestPart, RuleSettings } from "./policy.ts";
import { type PolicyDocument, policySchema, type RuleDocument, ruleWithoutMode } from "./policy-schema.ts";
import { type ReferenceSources, referencePattern, resolveReference } from "./reference.ts";
import { mayShowValueOf, valueAt } from "./schema-walk.ts";
import { isSecret, maskSecret, type Secret, secretOf } from "./secret.ts";
import { type FileProblem, SettingsError } from "./settings-error.ts";
import { type Path, readYaml, type YamlSource } from "./yaml-source.ts";

export interface LoadPolicyOptions extends ReferenceSources {
  /** As it is shown in errors. */
  readonly path: string;
  /** Its content; read through `readFile` when absent. */
  readonly text?: string;
  /** Defaults of grace, maxIdle and coverAfter, and what the rules are checked against. */
  readonly durations: Durations;
}

const tokenLifeS = 86_400;
const graceOnPurposeMsMax = 30_000;

/** Reads autorec.yaml. @throws SettingsError with every problem at once, each with line, column and what to do */
export function loadPolicy(options: LoadPolicyOptions): Policy {
  const source = readYaml(options.text ?? contentOf(options), mayShowValueOf);
  if (source.problems.length > 0) throw new SettingsError(options.path, source.problems);
  const references = resolveAll(source, options);
  const parsed = policySchema.safeParse(source.data ?? {});
  const problems = [
    ...(parsed.success
      ? []
      : parsed.error.issues
          .flatMap((issue) => [issue, ...besideWrongMode(issue, source)])
          .flatMap((issue) => explainIssue(issue, source))),
    ...references.problems,
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

/** Only what these checks need, so that they speak up also when something else in the file is wrong. */
const looseSchema = z.object({
  apps: z.record(z.string(), z.unknown()).catch({}),
  storages: z.record(z.string(), z.unknown()).catch({}),
  rules: z
    .array(
      z
        .object({
          name: z.unknown(),
          storage: z.unknown(),
          match: z.object({ app: z.unknown() }).catch({ app: undefined }),
        })
        .catch({ name: undefined, storage: undefined, match: { app: undefined } }),
    )
    .catch([]),
});

function duplicateProblems(source: YamlSource): FileProblem[] {
  const { data } = looseSchema.safeParse(source.data);
  const seen = new Map<unknown, number>();
  return (data?.rules ?? []).flatMap(({ name }, index) => {
    const first = seen.get(name);
    if (typeof name !== "string") return [];
    if (first === undefined) {
      seen.set(name, index);
      return [];
    }
    return [
      source.at(
        ["rules", index, "name"],
        "CONFIG_DUPLICATE",
        `rule ${first + 1} has this name too; names tell rules apart in logs and metrics`,
      ),
    ];
  });
}

function nameProblems(source: YamlSource): FileProblem[] {
  const { data } = looseSchema.safeParse(source.data);
  if (data === undefined) return [];
  const problemOf = (path: Path, wanted: unknown, kind: "apps" | "storages"): FileProblem[] => {
    const known = Object.keys(data[kind]);
    if (typeof wanted !== "string" || known.includes(wanted)) return [];
    const meant = nearestName(wanted, known);
    const words = meant === undefined ? `known: ${known.join(", ") || "none"}` : `did you mean "${meant}"?`;
    return [source.at(path, "CONFIG_UNKNOWN_NAME", `nothing of this name under ${kind}; ${words}`)];
  };
  return data.rules.flatMap((rule, index) => [
    ...problemOf(["rules", index, "match", "app"], rule.match.app, "apps"),
    ...problemOf(["rules", index, "storage"], rule.storage, "storages"),
  ]);
}

function valueProblems(apps: readonly AppSettings[], source: YamlSource): FileProblem[] {
  const seen = new Map<string, string>();
  return apps.flatMap((app) => {
    const path: Path = ["apps", app.name];
    const certificate = app.appCertificate?.reveal();
    const twin = seen.get(app.appId);
    seen.set(app.appId, app.name);
    return [
      ...(/^[0-9a-f]{32}$/i.test(app.appId)
        ? []
        : [
            source.at(
              [...path, "appId"],
              "CONFIG_VALUE",
              `"${app.appId.slice(0, 60)}"; expected an App ID, 32 hex digits`,
            ),
          ]),
      ...(certificate === undefined || /^[0-9a-f]{32}$/i.test(certificate)
        ? []
        : [
            source.at(
              [...path, "appCertificate"],
              "CONFIG_VALUE",
              `behind it stands ${maskSecret(certificate)}; expected an App Certificate, 32 hex digits`,
            ),
          ]),
      ...(twin === undefined
        ? []
        : [
            source.at(
              [...path, "appId"],
              "CONFIG_DUPLICATE",
              `app "${twin}" has this App ID too; an App ID stands here once`,
            ),
          ]),
    ];
  });
}

function durationProblems(policy: Policy, source: YamlSource, durations: Durations): FileProblem[] {
  const { data } = looseSchema.safeParse(source.data);
  const indexOf = new Map((data?.rules ?? []).map((rule, index) => [rule.name, index]));
  return policy.rules.flatMap(({ rule }) => {
    const path: Path = ["rules", indexOf.get(rule.name) ?? 0];
    return checkRuleDurations(rule, durations).map((problem) =>
      source.at([...path, problem.key], "CONFIG_DURATIONS", problem.message),
    );
  });
}

function buildPolicy(
  document: PolicyDocument,
  valueOf: (text: string) => string,
  durations: Durations,
): { readonly policy: Policy; readonly apps: readonly AppSettings[] } {
  const secrets: Secret[] = [];
  const secret = (text: string): Secret => {
    const made = secretOf(valueOf(text));
    secrets.push(made);
    return made;
  };
  const apps = Object.entries(document.apps).map(([name, app]): AppSettings => ({
    name,
    appId: valueOf(app.appId),
    customerId: valueOf(app.customerId),
    customerSecret: secret(app.customerSecret),
    ...(app.appCertificate === undefined ? {} : { appCertificate: secret(app.appCertificate) }),
    quota: app.quota,
  }));
  const part = (value: object): RequestPart => resolvedPart(value, { valueOf, secret });
  const storages = new Map(Object.entries(document.storages).map(([name, storage]) => [name, part(storage)]));
  const rules = document.rules.flatMap((rule) =>
    apps
      .filter((app) => rule.match.app === undefined || rule.match.app === app.name)
      .map((app) => ({
        pattern: rule.match.channel,
        settings: ruleSettings({ rule, app, storageConfig: storages.get(rule.storage) ?? {}, part, durations }),
      })),
  );
  const byHash = new Map(rules.map(({ settings }) => [settings.rule.hash, settings]));
  const policy: Policy = {
    hash: hashOf({
      rules: rules.map(({ pattern, settings }) => [pattern, settings.rule.hash, settings.priority]),
      apps: apps.map((app) => [app.appId, app.quota]),
    }),
    apps: new Map(apps.map((app) => [app.appId, app])),
    rules: rules.map(({ settings }) => settings),
    secrets,
    ruleFor: (appId: string, channelName: string) =>
      rules.find(({ pattern, settings }) => settings.app.appId === appId && matchesGlob(pattern, channelName))
        ?.settings,
    ruleByHash: (hash: string) => byHash.get(hash),
  };
  return { policy: freezeDeep(policy), apps };
}

interface RuleParts {
  readonly rule: RuleDocument;
  readonly app: AppSettings;
  readonly storageConfig: RequestPart;
  readonly part: (value: object) => RequestPart;
  readonly durations: Durations;
}

function ruleSettings({ app, durations, part, rule, storageConfig }: RuleParts): RuleSettings {
  const recordingConfig = part(rule.recordingConfig);
  const recordingFileConfig = part(rule.recordingFileConfig);
  const decided: Omit<Rule, "hash"> = {
    name: rule.name,
    mode: rule.mode,
    channelType: rule.recordingConfig.channelType,
    slots: ["primary"],
    graceMs: rule.graceSeconds === undefined ? durations.graceMs : Math.round(rule.graceSeconds * 1_000),
    graceNormalMs:
      rule.graceSeconds === undefined
        ? durations.graceNormalMs
        : Math.min(Math.round(rule.graceSeconds * 1_000), graceOnPurposeMsMax),
    maxIdleMs: rule.maxIdleSeconds === undefined ? durations.maxIdleMs : rule.maxIdleSeconds * 1_000,
    coverAfterMs: coverAfterMs(rule.recovery, durations),
    tokenLifeS,
  };
  const hash = hashOf({
    decided,
    match: rule.match,
    app: [app.name, app.appId],
    recordingConfig,
    recordingFileConfig,
    storageConfig,
  });
  return {
    rule: { ...decided, hash },
    app,
    mode: rule.mode,
    recordingConfig,
    recordingFileConfig,
    storageConfig,
    priority: rule.priority,
  };
}

function coverAfterMs(recovery: RuleDocument["recovery"], durations: Durations): number {
  if (typeof recovery === "object") return Math.round(recovery.coverAfterSeconds * 1_000);
  switch (recovery) {
    case "eager":
      return durations.coverAfterEagerMs;
    case "standard":
      return durations.coverAfterStandardMs;
    case "patient":
      return durations.coverAfterPatientMs;
  }
}

interface Resolvers {
  readonly valueOf: (text: string) => string;
  readonly secret: (text: string) => Secret;
}

/** What the schema takes as a reference only becomes a `Secret`; references elsewhere become plain text. */
function resolvedPart(value: object, { secret, valueOf }: Resolvers): RequestPart {
  const resolve = (key: string, item: unknown): unknown => {
    if (typeof item === "string") return isSecretKey(key) ? secret(item) : valueOf(item);
    if (Array.isArray(item)) return item.map((inner: unknown) => resolve(key, inner));
    return typeof item === "object" && item !== null ? resolvedPart(item, { secret, valueOf }) : item;
  };
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
      item === undefined ? [] : [[key, resolve(key, item)] as const],
    ),
  );
}

/** Over canonical JSON: keys in order, secrets left out, so that a changed key does not restart every recording. */
function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 32);
}

function canonicalJson(value: unknown): string {
  if (isSecret(value)) return '"secret"';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

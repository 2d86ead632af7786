import { maskSecret, nearestName } from "@autorec/service-kit/words";
import { z } from "zod";
import { isSecretKey } from "./mask-line.ts";
import { nameExpects } from "./policy-schema.ts";
import { referencePattern } from "./reference.ts";
import { isObject, schemasAt, valueAt } from "./schema-walk.ts";
import type { FileProblem } from "./settings-error.ts";
import type { Path, YamlSource } from "./yaml-source.ts";

const shownLengthMax = 60;

/** What people write instead of the right key, and what to say to them. */
const wellMeantKeys: Readonly<Record<string, string>> = {
  maxIdleTime: "not here: write maxIdleSeconds beside recordingConfig",
  token: "not here: tokens are made from the app's appCertificate",
  cname: "not here: the channel comes from match.channel",
  uid: "not here: recorder uids are chosen by autorec",
  "<<": "merge keys are not supported; write the keys out",
};

/** Turns one refusal of the schema into problems with their place in the file; never shows the value of a secret. */
export function explainIssue(issue: z.core.$ZodIssue, source: YamlSource): readonly FileProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path, source.data);
    return issue.keys.map((key) => source.atKey([...path, key], "CONFIG_UNKNOWN_KEY", unknownKeyWords(key, known)));
  }
  if (issue.code === "invalid_key") {
    return [source.atKey(path, "CONFIG_VALUE", `${shown(path, path.at(-1))}; expected ${nameExpects}`)];
  }
  const value = valueAt(source.data, path);
  if (value === undefined) {
    const states = ["invalid_type", "invalid_union", "invalid_value", "custom"].includes(issue.code);
    const expected = states ? `; expected ${customWords(issue, path, source.data)}` : "";
    const missing = source.at(
      path.slice(0, -1),
      "CONFIG_MISSING_KEY",
      `key "${String(path.at(-1) ?? "")}" is missing here${expected}`,
    );
    return [{ ...missing, length: 1 }];
  }
  if (isSecretSchema(path, source.data) && !(typeof value === "string" && referencePattern.test(value))) {
    const words = typeof value === "string" ? maskSecret(value) : "a secret";
    return [
      source.at(path, "CONFIG_LITERAL_SECRET", `${words} stands here; write \${env:NAME} or \${file:PATH} instead`),
    ];
  }
  const expected = `expected ${customWords(issue, path, source.data)}`;
  const words = issue.code === "custom" && isObject(value) ? expected : `${shown(path, value)}; ${expected}`;
  return [source.at(path, "CONFIG_VALUE", `${words}${issue.code === "custom" ? "" : hintFor(issue, value)}`)];
}

/** A rule between fields has words of its own, which finish "expected …"; other issues have those of the schema. */
function customWords(issue: z.core.$ZodIssue, path: Path, data: unknown): string {
  const own = issue.code === "custom" && issue.message !== "Invalid input";
  return own ? issue.message : expectationOf(issue, path, data);
}

function unknownKeyWords(key: string, known: readonly string[]): string {
  const wellMeant = wellMeantKeys[key];
  if (wellMeant !== undefined) return wellMeant;
  const meant = nearestName(key, known);
  if (meant !== undefined) return `unknown key; did you mean "${meant}"?`;
  return known.length === 0 ? "unknown key" : `unknown key; known here: ${known.join(", ")}`;
}

function expectationOf(issue: z.core.$ZodIssue, path: Path, data: unknown): string {
  const stated = metaAt(path, data);
  if (stated !== undefined) return stated;
  if (issue.code === "invalid_type") return withArticle(issue.expected);
  if (issue.code === "too_small") return `${kindOf(issue.origin)} of at least ${String(issue.minimum)}`;
  if (issue.code === "too_big") return `${kindOf(issue.origin)} of at most ${String(issue.maximum)}`;
  if (issue.code === "invalid_value")
    return `${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
  return issue.code === "invalid_union" ? "individual, mix or web" : issue.message;
}

function kindOf(origin: string): string {
  return origin === "number" || origin === "int" ? "a number" : "a length";
}

function withArticle(type: string): string {
  const words: Readonly<Record<string, string>> = {
    int: "a whole number",
    string: "a text",
    object: "a map of keys",
    record: "a map of names",
    array: "a list",
  };
  return words[type] ?? `a ${type}`;
}

function hintFor(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === "composite") return '; did you mean "mix"? Agora\'s URLs call composite recording so';
  const words =
    issue.code === "invalid_value"
      ? issue.values.map(String)
      : issue.code === "invalid_union"
        ? ["individual", "mix", "web", "eager", "standard", "patient"]
        : [];
  const meant = typeof value === "string" ? nearestName(value, words) : undefined;
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

function shown(path: Path, value: unknown): string {
  const text = JSON.stringify(value);
  if (path.some((step) => isSecretKey(String(step)))) return maskSecret(text);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

function isSecretSchema(path: Path, data: unknown): boolean {
  return schemasAt(path, data).some((schema) => z.globalRegistry.get(schema)?.["secret"] === true);
}

/** The expectation that the schema states at a path, or at the list that the path leads into. */
function metaAt(path: Path, data: unknown): string | undefined {
  const schemas = [
    ...schemasAt(path, data),
    ...(typeof path.at(-1) === "number" ? schemasAt(path.slice(0, -1), data) : []),
  ];
  for (const schema of schemas) {
    const expects = z.globalRegistry.get(schema)?.["expects"];
    if (typeof expects === "string") return expects;
  }
  return undefined;
}

function knownKeys(path: Path, data: unknown): readonly string[] {
  const keys = schemasAt(path, data).flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape) : [],
  );
  return [...new Set(keys)];
}

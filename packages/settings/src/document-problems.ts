import type { Durations } from "@autorec/domain";
import { maskSecret, nearestName } from "@autorec/service-kit/words";
import { z } from "zod";
import { checkRuleDurations } from "./check-durations.ts";
import type { AppSettings, Policy } from "./policy.ts";
import type { FileProblem } from "./settings-error.ts";
import type { Path, YamlSource } from "./yaml-source.ts";

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

/** Rules that share a name. */
export function duplicateProblems(source: YamlSource): FileProblem[] {
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

/** Apps and storages that a rule names and that the file does not have; also told when something else in the file is wrong. */
export function nameProblems(source: YamlSource): FileProblem[] {
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

/** What stands behind the references of an app: forms of App ID and certificate, an App ID that stands twice. */
export function valueProblems(apps: readonly AppSettings[], source: YamlSource): FileProblem[] {
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

/** Durations of a rule that do not fit each other or those of the environment. */
export function durationProblems(policy: Policy, source: YamlSource, durations: Durations): FileProblem[] {
  const { data } = looseSchema.safeParse(source.data);
  const indexOf = new Map((data?.rules ?? []).map((rule, index) => [rule.name, index]));
  return policy.rules.flatMap(({ rule }) => {
    const path: Path = ["rules", indexOf.get(rule.name) ?? 0];
    return checkRuleDurations(rule, durations).map((problem) =>
      source.at([...path, problem.key], "CONFIG_DURATIONS", problem.message),
    );
  });
}

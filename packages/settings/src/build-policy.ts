import type { Durations, Rule } from "@autorec/domain";
import { resolveRegion, resolveVendor } from "@autorec/recording-api/wire";
import { type Secret, secretOf } from "@autorec/service-kit/words";
import { freezeDeep } from "./freeze-deep.ts";
import { matchesGlob } from "./glob.ts";
import { hashOf } from "./hash-of.ts";
import { isSecretKey } from "./mask-line.ts";
import type { AppSettings, Policy, RequestPart, RuleSettings } from "./policy.ts";
import type { PolicyDocument, RuleDocument } from "./policy-schema.ts";

/** Agora's longest: a recorder's token cannot be renewed, and the recorder leaves when it expires, so a shorter one only ends a long session sooner. */
const tokenLifeS = 86_400;
/**
 * Who left normally (reason 1) or was banned (3) is hardly coming back, while most other leaves are broken connections:
 * waiting longer would only record an empty channel. The value of `graceNormal` outside of tests (contracts.md §2).
 */
const graceNormalMsMax = 30_000;

/** The policy of a document that the schema accepts, frozen, and every app of it, also those that share an App ID. */
export function buildPolicy(
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
    channelManagement: app.channelManagement,
  }));
  const part = (value: object): RequestPart => resolvedPart(value, { valueOf, secret });
  const storages = new Map(
    Object.entries(document.storages).map(([name, storage]) => [name, part(inNumbers(storage))]),
  );
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
      rules: rules.map(({ pattern, settings }) => [pattern, settings.rule.hash, settings.rule.priority]),
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
  const parts = {
    ...(rule.recordingConfig === undefined ? {} : { recordingConfig: part(rule.recordingConfig) }),
    ...(rule.recordingFileConfig === undefined ? {} : { recordingFileConfig: part(rule.recordingFileConfig) }),
    ...(rule.snapshotConfig === undefined ? {} : { snapshotConfig: part(rule.snapshotConfig) }),
    ...(rule.web === undefined ? {} : { web: part(rule.web) }),
    storageConfig,
  };
  const decided: Omit<Rule, "hash" | "priority"> = {
    name: rule.name,
    mode: rule.mode,
    // A page is recorded for whoever is in the channel.
    channelType: rule.recordingConfig?.channelType ?? 0,
    countAudience: rule.countAudience,
    slots: rule.recorders === 2 ? ["primary", "secondary"] : ["primary"],
    graceMs: rule.graceSeconds === undefined ? durations.graceMs : Math.round(rule.graceSeconds * 1_000),
    graceNormalMs:
      rule.graceSeconds === undefined
        ? durations.graceNormalMs
        : Math.min(Math.round(rule.graceSeconds * 1_000), graceNormalMsMax),
    maxIdleMs: maxIdleMs(rule, durations),
    coverAfterMs: coverAfterMs(rule.recovery, durations),
    tokenLifeS,
    rotateAfterMs: rotateAfterMs(rule, app, durations),
  };
  const hash = hashOf({ decided, match: rule.match, app: [app.name, app.appId], ...parts });
  // Who goes first changes no recording: a rule with another priority is the same rule.
  return { rule: { ...decided, hash, priority: rule.priority }, app, mode: rule.mode, ...parts };
}

/** Nothing but its longest recording ends a page that nobody can stop. @see R 10.3 */
function maxIdleMs(rule: RuleDocument, durations: Durations): number {
  if (rule.mode === "web") return rule.web.maxRecordingHour * 3_600_000;
  return rule.maxIdleSeconds === undefined ? durations.maxIdleMs : rule.maxIdleSeconds * 1_000;
}

/**
 * A recorder cannot be renewed, so its successor starts a margin before its token, the hours in which it can be controlled, or the
 * longest recording of a page end.
 */
function rotateAfterMs(rule: RuleDocument, app: AppSettings, durations: Durations): number {
  const hours = [
    controlHours(app),
    ...(rule.mode === "web" ? [rule.web.maxRecordingHour] : []),
    // A page joins no channel and needs no token; a project without certificate has none.
    ...(rule.mode === "web" || app.appCertificate === undefined ? [] : [tokenLifeS / 3_600]),
  ];
  const lifeMs = Math.min(...hours) * 3_600_000;
  return lifeMs - Math.min(durations.rotateMarginMs, lifeMs / 4);
}

/**
 * Hours in which a recorder of this project answers to query, update and stop (`resourceExpiredHour`); more than its token lives.
 * Without a token nothing else ends one that got out of reach: the longest that Agora allows.
 */
export function controlHours(app: Pick<AppSettings, "appCertificate">): number {
  return app.appCertificate === undefined ? 720 : 72;
}

/** Names and numbers of a storage mean the same: rules are compared by numbers. */
function inNumbers(storage: PolicyDocument["storages"][string]): object {
  const vendor = resolveVendor(storage.vendor);
  const region = resolveRegion(storage.vendor, storage.region);
  return {
    ...storage,
    ...(vendor.ok ? { vendor: vendor.number } : {}),
    ...(region.ok ? { region: region.number } : {}),
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

import type { Attempt, Durations } from "@autorec/domain";
import type { AgoraAccess } from "@autorec/reconciler";
import { createRecordingClient, recorderToken, startRequestTemplate } from "@autorec/recording-api";
import type { CallReport, StartClientRequest } from "@autorec/recording-api";
import { controlHours, revealRequest } from "@autorec/settings";
import type { AppSettings, Policy, RuleSettings } from "@autorec/settings";

/** Whose apps are reached, where, and how long a call may take. */
export interface AgoraAccessOptions {
  readonly policy: Policy;
  readonly baseUrl: string;
  /** Where acquires go while the base URL fails. */
  readonly baseUrlSecond: string | undefined;
  readonly userAgent: string;
  readonly durations: Durations;
  readonly clock: { monotonicMs(): number };
  /** Told of every finished call. */
  readonly onCall: (call: CallReport) => void;
  /** 128 random bits in hex. */
  readonly newToken: () => string;
}

/** One client per app, each with its own credentials and connections; `close` ends them all. */
export interface AgoraAccesses {
  agoraFor(appId: string): AgoraAccess | undefined;
  close(): Promise<void>;
}

/** Prepares a client for every app of the policy; nothing is sent yet. */
export function createAgoraAccesses(options: AgoraAccessOptions): AgoraAccesses {
  const accesses = new Map<string, AgoraAccess>();
  for (const app of options.policy.apps.values()) accesses.set(app.appId, createAccess(app, options));
  return {
    agoraFor: (appId) => accesses.get(appId),
    async close() {
      await Promise.all([...accesses.values()].map((access) => access.client.close()));
    },
  };
}

function createAccess(app: AppSettings, options: AgoraAccessOptions): AgoraAccess {
  const { durations } = options;
  const client = createRecordingClient({
    baseUrl: options.baseUrl,
    appId: app.appId,
    customerId: app.customerId,
    customerSecret: app.customerSecret.reveal(),
    userAgent: options.userAgent,
    clock: options.clock,
    hosts: {
      ...(options.baseUrlSecond === undefined ? {} : { second: options.baseUrlSecond }),
      circuit: { pausesMs: durations.startRetryLostMs },
    },
    newRequestId: () => uuidOf(options.newToken()),
    onCall: options.onCall,
    timeouts: {
      acquireMs: durations.callAcquireMs,
      startMs: durations.callStartMs,
      queryMs: durations.callQueryMs,
      stopMs: durations.callStopMs,
    },
  });
  return {
    account: accountName(app, options.policy),
    resourceExpiredHour: controlHours(app),
    ...accountQuota(app, options.policy),
    client,
    startRequest(attempt, channelName) {
      const rule = options.policy.ruleByHash(attempt.ruleHash);
      return rule === undefined ? undefined : startRequest({ app, rule, attempt, channelName });
    },
  };
}

/** The bits in the form that people know ids by (RFC 9562, version 4). */
function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}

/** Agora counts requests per account; apps of the same customer share one, which is called by the name of its first app. */
export function accountName(app: AppSettings, policy: Policy): string {
  const sameCustomer = [...policy.apps.values()].find((other) => other.customerId === app.customerId);
  return (sameCustomer ?? app).name;
}

/** What Agora allows the account: of apps that share it, the least that any of them states. */
export function accountQuota(app: AppSettings, policy: Policy): AppSettings["quota"] {
  const quotas = [...policy.apps.values()].filter((one) => one.customerId === app.customerId).map(({ quota }) => quota);
  return {
    requestsPerSecond: Math.min(...quotas.map(({ requestsPerSecond }) => requestsPerSecond)),
    workers: Math.min(...quotas.map(({ workers }) => workers)),
  };
}

/** The same body for every send of an attempt: whatever could differ is stored with the attempt. */
function startRequest(from: {
  readonly app: AppSettings;
  readonly rule: RuleSettings;
  readonly attempt: Attempt;
  readonly channelName: string;
}): StartClientRequest {
  const { app, rule, attempt, channelName } = from;
  const isPage = attempt.mode === "web";
  const token =
    app.appCertificate === undefined || isPage
      ? undefined
      : recorderToken({
          appId: app.appId,
          appCertificate: app.appCertificate.reveal(),
          channelName,
          uid: attempt.uid,
          issuedAtS: attempt.tokenIssuedAtS,
          salt: attempt.tokenSalt,
          lifeS: attempt.tokenLifeS,
        });
  const request = templateOf(rule);
  return request({
    channelName,
    dateAtMs: attempt.tokenIssuedAtS * 1_000,
    ...(isPage ? {} : { maxIdleMs: attempt.maxIdleMs }),
    ...(token === undefined ? {} : { token }),
  });
}

type Template = ReturnType<typeof startRequestTemplate>;
/** By rules, which are frozen; an attempt names its rule by the hash, so the mode is the same. */
const templates = new WeakMap<RuleSettings, Template>();

/** What the requests of a rule have in common is checked once, not in every start. */
function templateOf(rule: RuleSettings): Template {
  const template = templates.get(rule) ?? startRequestTemplate(revealRequest(rule));
  templates.set(rule, template);
  return template;
}

import type { Durations, Rule } from "@autorec/domain";
import type { StartAnswer } from "@autorec/events";
import type { AgoraAccess } from "@autorec/reconciler";
import { buildStartClientRequest, createRecordingClient, recorderToken } from "@autorec/recording-api";
import { systemClock } from "@autorec/service-kit";
import type { Simulator } from "@autorec/simulator";
import type { Gate } from "./gate.ts";

/** The one app of the reconciler's tests. */
export const appId = "0123456789abcdef0123456789abcdef";
export const certificate = "00112233445566778899aabbccddeeff";
export const customer = { customerId: "customer", customerSecret: "secret" } as const;

export const ruleHash = "rule-a";

/** The rule that every channel of a test falls under. */
export function ruleOf(durations: Durations): Rule {
  return {
    name: "all",
    hash: ruleHash,
    mode: "individual",
    channelType: 0,
    countAudience: false,
    slots: ["primary"],
    graceMs: durations.graceMs,
    graceNormalMs: durations.graceNormalMs,
    maxIdleMs: durations.maxIdleMs,
    coverAfterMs: durations.coverAfterEagerMs,
    tokenLifeS: 3_600,
    rotateAfterMs: 2_700_000,
    priority: 0,
  };
}

/** A worker's way to the simulator, shut while its gate is. */
export function agoraAccess(options: {
  readonly name: string;
  readonly simulator: Simulator;
  readonly durations: Durations;
  readonly gate: Gate;
  readonly rule: Rule;
  readonly appCertificate: string | undefined;
  readonly quota?: { readonly requestsPerSecond: number; readonly workers: number } | undefined;
}): AgoraAccess {
  const { name, simulator, durations, gate, rule, appCertificate = certificate } = options;
  const { requestsPerSecond, workers } = options.quota ?? { requestsPerSecond: 200, workers: 1_000 };
  const client = createRecordingClient({
    baseUrl: simulator.baseUrl,
    appId,
    ...customer,
    userAgent: `autorec/test ${name}`,
    clock: systemClock,
    timeouts: {
      acquireMs: durations.callAcquireMs,
      startMs: durations.callStartMs,
      queryMs: durations.callQueryMs,
      stopMs: durations.callStopMs,
    },
  });
  return {
    account: "account",
    requestsPerSecond,
    workers,
    resourceExpiredHour: 72,
    client: {
      acquire: (order) => gate.through(() => client.acquire(order)),
      start: (order, { late } = {}) => {
        const heard = (answer: StartAnswer): void => {
          gate.pass().then(
            () => late?.(answer),
            () => undefined,
          );
        };
        return gate.through(() => client.start(order, { late: heard }));
      },
      query: (order) => gate.through(() => client.query(order)),
      stop: (order) => gate.through(() => client.stop(order)),
      close: () => client.close(),
    },
    startRequest: ({ uid, mode, maxIdleMs, tokenIssuedAtS, tokenSalt, tokenLifeS }, channelName) =>
      buildStartClientRequest({
        mode,
        recordingConfig: { channelType: rule.channelType },
        storageConfig: { vendor: 1, region: 0, bucket: "bucket", accessKey: "key", secretKey: "secret" },
        maxIdleMs,
        token: recorderToken({
          appId,
          appCertificate,
          channelName,
          uid,
          issuedAtS: tokenIssuedAtS,
          salt: tokenSalt,
          lifeS: tokenLifeS,
        }),
      }),
  };
}

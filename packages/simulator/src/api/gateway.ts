import type { CallResult } from "../core/answer.ts";
import { gatewayAnswer, refusal } from "../core/answer.ts";
import type { World } from "../core/world.ts";
import { accountOfApp } from "../core/world.ts";
import { directoryOf } from "../settings/directory.ts";
import type { SimulatorAccount } from "../settings/simulator-settings.ts";
import { createTokenBuckets } from "./token-buckets.ts";

/** What stands before the service: credentials, request rate, App ID. Undefined = the call may pass. */
export interface Gateway {
  readonly refuse: (request: {
    readonly authorization: string | undefined;
    readonly appId: string;
  }) => CallResult | undefined;
}

/** @see R 1.6, R 7.2, R 8 */
export function createGateway(world: World): Gateway {
  const buckets = createTokenBuckets(world.scheduler.nowMs);

  const overRate = (account: SimulatorAccount, appId: string): CallResult | undefined => {
    const { customerId, requestsPerSecond, burst } = account;
    const { rateLimitPer, retryAfterHeader, rateLimitHeaders } = world.settings.switches;
    const key = rateLimitPer === "account" ? customerId : `${customerId}/${appId}`;
    const taken = buckets.take(key, { perSecond: requestsPerSecond, burst: burst ?? Math.ceil(requestsPerSecond) });
    if (taken.ok) return undefined;
    const waitS = String(Math.max(1, Math.ceil(taken.waitMs / 1_000)));
    const limit = String(requestsPerSecond);
    return {
      ...gatewayAnswer(429, "API rate limit exceeded"),
      headers: {
        ...(retryAfterHeader ? { "retry-after": waitS } : {}),
        ...(rateLimitHeaders ? kongHeaders(limit, waitS) : {}),
      },
    };
  };
  const overShare = ({ customerId, workersMax }: SimulatorAccount): CallResult | undefined => {
    const { secondRateRule, secondRateBody } = world.settings.switches;
    if (!secondRateRule) return undefined;
    const perSecond = workersMax / 10;
    if (buckets.take(`${customerId}//share`, { perSecond, burst: Math.max(1, perSecond) }).ok) return undefined;
    const words = "request rate exceeds the limit of concurrent tasks";
    return secondRateBody === "message" ? gatewayAnswer(400, words) : refusal(400, 406, words);
  };

  return {
    refuse: ({ authorization, appId }) => {
      if (authorization === undefined || authorization === "") return gatewayAnswer(401, "Unauthorized");
      const account = accountOf(world, authorization);
      if (account === undefined) return wrongCredentials;
      const limited = overRate(account, appId);
      if (limited !== undefined) return limited;
      const owner = accountOfApp(world, appId);
      if (owner === undefined) return gatewayAnswer(400, "appid is invalid");
      if (owner.customerId !== account.customerId) return wrongCredentials;
      return overShare(account);
    },
  };
}

/** What a Kong gateway says of a limit that is used up; Agora's 429 looks like one of its answers (R 8). */
function kongHeaders(limit: string, waitS: string): Readonly<Record<string, string>> {
  return {
    "x-ratelimit-limit-second": limit,
    "x-ratelimit-remaining-second": "0",
    "ratelimit-limit": limit,
    "ratelimit-remaining": "0",
    "ratelimit-reset": waitS,
  };
}

/** The account that a Basic header proves; the word Basic in any case, as the gateway's. */
export function accountOf(world: World, authorization: string): SimulatorAccount | undefined {
  const encoded = /^\s*basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, "base64").toString();
  const colon = credentials.indexOf(":");
  if (colon < 0) return undefined;
  const account = directoryOf(world.settings).accountOfCustomer(credentials.slice(0, colon));
  return account?.customerSecret === credentials.slice(colon + 1) ? account : undefined;
}

const wrongCredentials = gatewayAnswer(401, "Invalid authentication credentials");

import type { CallResult } from "../core/answer.ts";
import { gatewayAnswer } from "../core/answer.ts";
import type { World } from "../core/world.ts";
import { accountOfApp } from "../core/world.ts";
import type { SimulatorAccount } from "../settings/simulator-settings.ts";

/** What stands before the service: credentials, request rate, App ID. Undefined = the call may pass. */
export interface Gateway {
  readonly refuse: (request: {
    readonly authorization: string | undefined;
    readonly appId: string;
  }) => CallResult | undefined;
}

export function createGateway(world: World): Gateway {
  const buckets = new Map<string, TokenBucket>();
  const take = (key: string, perSecond: number, burst: number): boolean => {
    const nowMs = world.scheduler.nowMs();
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    buckets.set(key, bucket);
    return takeToken(bucket, { nowMs, perSecond, burst });
  };

  return {
    refuse: ({ authorization, appId }) => {
      if (authorization === undefined) return gatewayAnswer(401, "Unauthorized");
      const account = accountOf(world, authorization);
      if (account === undefined) return wrongCredentials;
      const { customerId, requestsPerSecond, burst, workersMax } = account;
      if (!take(`${customerId}/rate`, requestsPerSecond, burst ?? Math.ceil(requestsPerSecond))) {
        return gatewayAnswer(429, "API rate limit exceeded");
      }
      const owner = accountOfApp(world, appId);
      if (owner === undefined) return gatewayAnswer(400, "appid is invalid");
      if (owner.customerId !== customerId) return wrongCredentials;
      const share = workersMax / 10;
      if (world.settings.switches.secondRateRule && !take(`${customerId}/share`, share, Math.max(1, share))) {
        return gatewayAnswer(400, "request rate exceeds the limit of concurrent tasks");
      }
      return undefined;
    },
  };
}

const wrongCredentials = gatewayAnswer(401, "Invalid authentication credentials");

interface TokenBucket {
  tokens: number;
  atMs: number;
}

function takeToken(
  bucket: TokenBucket,
  limit: { readonly nowMs: number; readonly perSecond: number; readonly burst: number },
): boolean {
  const refill = ((limit.nowMs - bucket.atMs) / 1_000) * limit.perSecond;
  bucket.tokens = Math.min(limit.burst, bucket.tokens + Math.max(0, refill));
  bucket.atMs = limit.nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

function accountOf(world: World, authorization: string): SimulatorAccount | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, "base64").toString();
  return world.settings.accounts.find(
    ({ customerId, customerSecret }) => credentials === `${customerId}:${customerSecret}`,
  );
}

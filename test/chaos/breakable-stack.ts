import { startStack } from "@autorec/demo";
import type { Stack, StackOptions } from "@autorec/demo";
import { startDevstack } from "@autorec/devstack";
import type { Devstack } from "@autorec/devstack";
import { fastDurations } from "@autorec/domain";
import type { Durations } from "@autorec/domain";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

/** Two consumers, two watchdogs and a simulator as processes, with every part between and below them breakable. */
export interface BreakableStack {
  readonly stack: Stack;
  /** Kafka and Redis of this stack alone; `redisUrl` passes by the proxy. */
  readonly devstack: Devstack;
  /** Between the services and Redis. */
  readonly redisProxy: TcpProxy;
  /** Between the services and Agora. */
  readonly agoraProxy: TcpProxy;
  readonly durations: Durations;
  /** Ends every process and removes everything. */
  stop(): Promise<void>;
}

/** What a run may choose. */
export interface BreakableStackOptions extends Partial<
  Pick<StackOptions, "delivery" | "historyPath" | "policyPath" | "recoveries" | "requestsPerSecond">
> {
  readonly seed: number;
  /** Default: the `fast` profile. */
  readonly durations?: Durations;
}

/** Events once and in order, calls at a rate that no bound feels. */
const usual = {
  delivery: { copies: 1, shuffleWindowMs: 0, dropRate: 0 },
  requestsPerSecond: 400,
  durations: fastDurations,
} as const;

/** Answers when every process works; none of them outlives this process. */
export async function startBreakableStack(given: BreakableStackOptions): Promise<BreakableStack> {
  const options = { ...usual, ...given };
  const devstack = await startDevstack({ ownBroker: true, ownRedis: true, log: () => undefined });
  const proxies: TcpProxy[] = [];
  const between = async (url: string): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(new URL(url));
    proxies.push(proxy);
    return proxy;
  };
  const release = async (): Promise<void> => {
    for (const proxy of proxies) proxy.close();
    await devstack.stop();
  };
  try {
    const redisProxy = await between(devstack.redisUrl);
    const agora = Promise.withResolvers<TcpProxy>();
    const stack = await startStack({
      ...options,
      devstack: { kafkaBrokers: devstack.kafkaBrokers, redisUrl: `redis://127.0.0.1:${String(redisProxy.port)}` },
      consumers: 2,
      watchdogs: 2,
      agoraAddress: async (simulatorUrl) => {
        const proxy = await between(simulatorUrl);
        agora.resolve(proxy);
        return `http://127.0.0.1:${String(proxy.port)}`;
      },
    });
    const stop = async (): Promise<void> => {
      await stack.stop();
      await release();
    };
    return { stack, devstack, redisProxy, agoraProxy: await agora.promise, durations: options.durations, stop };
  } catch (err) {
    await release();
    throw err;
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { roleOf } from "@autorec/demo";
import type { ProcessName } from "@autorec/demo";
import { Redis } from "ioredis";
import type { BreakableStack } from "./breakable-stack.ts";

/** What is broken, and how: a run that is to prove something has met each kind. */
export type FaultKind = (typeof faultKinds)[number];
export const faultKinds = [
  "process killed",
  "process paused",
  "Redis restarted with its data",
  "Redis restarted without data",
  "Kafka restarted",
  "connections refused",
  "Agora unreachable",
] as const;

/** Something outside autorec that breaks and comes back; told to the simulator, so that the judge knows. */
export interface Fault {
  readonly kind: FaultKind;
  /** What is done to what, and for how long. */
  readonly does: string;
  /** Resolves when everything is there again; how long autorec takes to recover from it is judged. */
  readonly happen: (world: BreakableStack) => Promise<void>;
}

/** An orchestrator needs some time until it notices and launches again. */
const launchMs = 2_000;
const cutMs = 3_000;
/** 200 channels leave much in Kafka within hours, and one of two busy cores reads it all. */
const rebuildMsMax = 180_000;

/** Every fault of the parts that autorec runs on, by name. */
export const faults = {
  "kill-consumer": {
    kind: "process killed",
    does: "SIGKILL of a consumer, launched again 2 s later",
    happen: (world) => kill(world, ["consumer-1"]),
  },
  "kill-watchdog": {
    kind: "process killed",
    does: "SIGKILL of a watchdog, launched again 2 s later",
    happen: (world) => kill(world, ["watchdog-1"]),
  },
  "kill-all": {
    kind: "process killed",
    does: "SIGKILL of every process of autorec at once, launched again 2 s later",
    happen: (world) => kill(world, [...world.stack.services.keys()]),
  },
  "pause-consumer": {
    kind: "process paused",
    does: "SIGSTOP of a consumer for the lease + 2 s, then SIGCONT",
    happen: (world) => pause(world, "consumer-2"),
  },
  "pause-watchdog": {
    kind: "process paused",
    does: "SIGSTOP of a watchdog for the lease + 2 s, then SIGCONT",
    happen: (world) => pause(world, "watchdog-2"),
  },
  "redis-restart": {
    kind: "Redis restarted with its data",
    does: "Redis ends and is started again with its data",
    happen: async ({ stack, devstack }) => {
      await stack.simulator.note({ note: "redis-stopped" });
      await devstack.stopRedis();
      await devstack.startRedis();
      await stack.simulator.note({ note: "redis-up" });
    },
  },
  "redis-empty": {
    kind: "Redis restarted without data",
    does: "Redis ends and is started again without any data",
    happen: loseRedis,
  },
  "redis-refused": {
    kind: "connections refused",
    does: "connections to Redis break and are refused for 3 s",
    happen: async ({ stack, redisProxy }) => {
      await stack.simulator.note({ note: "redis-stopped" });
      redisProxy.cut();
      await sleep(cutMs);
      await redisProxy.mend();
      await stack.simulator.note({ note: "redis-up" });
    },
  },
  "kafka-restart": {
    kind: "Kafka restarted",
    does: "Kafka ends and is started again with its data",
    happen: async ({ stack, devstack }) => {
      await stack.simulator.note({ note: "broker-stopped" });
      await devstack.restartKafka();
      await stack.simulator.note({ note: "broker-up" });
    },
  },
  "agora-unreachable": {
    kind: "Agora unreachable",
    does: "connections to Agora break and are refused for 3 s",
    happen: async ({ stack, agoraProxy }) => {
      await stack.simulator.note({ note: "agora-unreachable" });
      agoraProxy.cut();
      await sleep(cutMs);
      await agoraProxy.mend();
      await stack.simulator.note({ note: "agora-reachable" });
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

async function kill({ stack }: BreakableStack, names: readonly ProcessName[]): Promise<void> {
  const note = async (word: "process-killed" | "process-started", instanceId: ProcessName): Promise<void> =>
    stack.simulator.note({ note: word, role: roleOf(instanceId), instanceId });
  for (const name of names) {
    stack.services.get(name)?.signal("SIGKILL");
    await note("process-killed", name);
  }
  await sleep(launchMs);
  await Promise.all(
    names.map(async (name) => {
      await stack.services.get(name)?.start();
      await note("process-started", name);
    }),
  );
}

async function pause({ stack, durations }: BreakableStack, name: ProcessName): Promise<void> {
  const who = { role: roleOf(name), instanceId: name };
  stack.services.get(name)?.signal("SIGSTOP");
  await stack.simulator.note({ note: "process-paused", ...who });
  await sleep(durations.leaseMs + launchMs);
  stack.services.get(name)?.signal("SIGCONT");
  await stack.simulator.note({ note: "process-resumed", ...who });
}

/** Nobody sees the moment between the loss and the restart: connections are refused meanwhile. */
async function loseRedis({ stack, devstack, redisProxy }: BreakableStack): Promise<void> {
  await stack.simulator.note({ note: "redis-lost" });
  redisProxy.cut();
  const redis = new Redis(devstack.redisUrl, { protocol: 2 });
  redis.on("error", () => undefined);
  try {
    await redis.flushall();
    await devstack.stopRedis();
    await devstack.startRedis();
    await redisProxy.mend();
    // How long the rebuilding may take is bounded here; everything after it is judged.
    const untilMs = performance.now() + rebuildMsMax;
    while ((await redis.keys(`${stack.runId}:ready:*`)).length < shardCount) {
      if (performance.now() > untilMs) throw new Error(`the state was not rebuilt within ${String(rebuildMsMax)} ms`);
      await sleep(100);
    }
  } finally {
    redis.disconnect();
  }
  await stack.simulator.note({ note: "redis-rebuilt" });
}

/** Of a deployment that does not say otherwise. */
const shardCount = 16;

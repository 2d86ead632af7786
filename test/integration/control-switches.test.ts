import type { ControlScope } from "@autorec/domain";
import { ControlWatch } from "@autorec/engine";
import { createMetrics, systemClock } from "@autorec/service-kit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { RelayMessage } from "../../services/watchdog/src/relay-outbox.ts";
import { ControlTender } from "../../services/watchdog/src/tend-control.ts";
import { openReconciling, shortDurations } from "../support/reconciler.ts";
import type { Reconciling } from "../support/reconciler.ts";
import { appId } from "../support/reconciling-app.ts";

const patience = { timeout: 60_000, interval: 50 } as const;
const by = { author: "alice", reason: "incident 7" } as const;
const scopes: readonly ControlScope[] = [
  { kind: "all" },
  { kind: "app", app: "prod", appId },
  { kind: "rule", rule: "all" },
  { kind: "channel", app: "prod", appId, channelName: "room" },
];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Paused {
  readonly world: Reconciling;
  readonly watch: ControlWatch;
  readonly journal: RelayMessage[];
  readonly paused: () => Promise<string>;
}

/** A worker that obeys the switches and a watchdog that tends them, as services wire them. */
async function openPausable(): Promise<Paused> {
  const world = await openReconciling();
  const metrics = createMetrics({ version: "0", apps: [], accounts: [], scripts: [], processMetrics: false });
  const watch = new ControlWatch({
    store: world.store,
    owner: "w1",
    everyMs: shortDurations.tickMs,
    believedMs: shortDurations.leaseMs,
    clock: systemClock,
    metrics,
    log: silent,
  });
  await watch.refresh();
  const journal: Paused["journal"] = [];
  const tender = new ControlTender({
    store: world.store,
    shardCount: 1,
    reading: () => watch.reading,
    ruleNameOf: () => "all",
    settleMs: 2 * shortDurations.tickMs,
    monotonicMs: () => systemClock.monotonicMs(),
    journal: (messages) => {
      journal.push(...messages);
      return Promise.resolve();
    },
  });
  const stopping = new AbortController();
  const tend = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await tender.round();
      await systemClock.sleep(shortDurations.tickMs, stopping.signal);
    }
  };
  const loops = [watch.run(stopping.signal), tend()];
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(loops);
  });
  world.worker("w1", { control: (channel) => watch.orderFor(channel) }).watch();
  return { world, watch, journal, paused: () => metrics.registry.getSingleMetricAsString("autorec_paused") };
}

/** Throws a switch and waits until the worker obeys it. */
async function pause(
  { watch, world }: Paused,
  mode: "holdStarts" | "handsOff" | "stopAll",
  scope: ControlScope,
  untilMs?: number,
): Promise<void> {
  await world.store.throwSwitch({ ...by, scope, mode, ...(untilMs === undefined ? {} : { untilMs }) });
  await vi.waitFor(() => {
    expect(watch.orderFor({ appId, channelName: "room", ruleName: "all" }).control).toBe(mode);
  }, patience);
}

async function confirmed(world: Reconciling, channelName = "room"): Promise<void> {
  await vi.waitFor(async () => {
    expect((await world.attempts(channelName)).map(({ st }) => st)).toContain("CONF");
  }, patience);
}

async function isDecided(world: Reconciling, control: string | undefined, channelName = "room"): Promise<void> {
  await vi.waitFor(async () => {
    const reading = await world.store.readChannel({ appId, channelName });
    expect(reading?.view.record.want.control).toBe(control);
  }, patience);
}

describe.each(scopes)("a switch for $kind", (scope) => {
  const word =
    scope.kind === "channel" ? "channel:prod/room" : { all: "all", app: "app:prod", rule: "rule:all" }[scope.kind];

  test("that holds starts lets nothing begin and what runs go on; resume starts what is occupied", async () => {
    const open = await openPausable();
    const { world } = open;
    await pause(open, "holdStarts", scope);
    await world.join(7);
    await isDecided(world, "holdStarts");
    expect(world.requests("acquire")).toEqual([]);
    expect(await world.attempts()).toEqual([]);
    await world.store.liftSwitch(word, by);
    await confirmed(world);
    expect(world.live()).toHaveLength(1);
    await pause(open, "holdStarts", scope);
    await isDecided(world, "holdStarts");
    expect(world.live()).toHaveLength(1);
    await world.leave(7);
    await vi.waitFor(() => {
      expect(world.live()).toEqual([]);
    }, patience);
    expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]);
  });

  test("that takes hands off sends nothing at all, keeps presence, and resume stops what nobody needs any more", async () => {
    const open = await openPausable();
    const { world } = open;
    await world.join(7);
    await confirmed(world);
    await pause(open, "handsOff", scope);
    await isDecided(world, "handsOff");
    const sent = (): number => world.history().filter(({ kind }) => kind === "request").length;
    const before = sent();
    await world.leave(7);
    await vi.waitFor(async () => {
      const reading = await world.store.readChannel({ appId, channelName: "room" });
      expect(reading?.view.presence.count).toBe(0);
      // Longer than grace and poll: due times have passed, and nothing was sent.
      expect((reading?.nowMs ?? 0) - (reading?.view.presence.emptySinceMs ?? Infinity)).toBeGreaterThan(4_000);
    }, patience);
    expect(sent()).toBe(before);
    expect(world.live()).toHaveLength(1);
    await world.store.liftSwitch(word, by);
    await vi.waitFor(() => {
      expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]);
    }, patience);
  });

  test("that stops all stops an occupied channel at once; resume records it again with another recorder", async () => {
    const open = await openPausable();
    const { world } = open;
    await world.join(7);
    await confirmed(world);
    await pause(open, "stopAll", scope);
    await vi.waitFor(() => {
      expect(world.live()).toEqual([]);
    }, patience);
    expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]);
    expect(await open.paused()).toContain(`autorec_paused{scope="${scope.kind}"} 1`);
    await world.store.liftSwitch(word, by);
    await vi.waitFor(() => {
      expect(world.live()).toHaveLength(1);
    }, patience);
    const [first, second] = world.joinedRecorders();
    expect(first?.uid).not.toBe(second?.uid);
    await vi.waitFor(async () => {
      expect(await open.paused()).toContain(`autorec_paused{scope="${scope.kind}"} 0`);
    }, patience);
  });
});

test("a switch for another channel, rule or app concerns nobody here", async () => {
  const open = await openPausable();
  const { world } = open;
  const others: readonly ControlScope[] = [
    { kind: "app", app: "other", appId: "f".repeat(32) },
    { kind: "rule", rule: "other" },
    { kind: "channel", app: "prod", appId, channelName: "room2" },
  ];
  for (const scope of others) await world.store.throwSwitch({ ...by, scope, mode: "stopAll" });
  await vi.waitFor(() => {
    expect(open.watch.reading?.switches).toHaveLength(3);
  }, patience);
  await world.join(7);
  await confirmed(world);
});

test("a switch with an end is lifted by itself, audited, and what is occupied is recorded then", async () => {
  const open = await openPausable();
  const { world } = open;
  await pause(open, "holdStarts", { kind: "all" }, (await world.store.nowMs()) + 2_000);
  await world.join(7);
  await isDecided(world, "holdStarts");
  await confirmed(world);
  expect((await world.store.readControl()).switches).toEqual([]);
  expect(await world.store.readAudit(5)).toMatchObject([
    { action: "expire", target: "all", author: "autorec" },
    { action: "pause", target: "all", author: "alice", reason: "incident 7" },
  ]);
});

test("every switch is journalled, and its end too", async () => {
  const open = await openPausable();
  const { journal, world } = open;
  await pause(open, "holdStarts", { kind: "rule", rule: "all" });
  await vi.waitFor(() => {
    expect(journal.at(-1)).toMatchObject({ key: "control/rule:all" });
    expect(journal.at(-1)?.value).toContain("incident 7");
  }, patience);
  await world.store.liftSwitch("rule:all", by);
  await vi.waitFor(() => {
    expect(journal.at(-1)).toEqual({ key: "control/rule:all", value: null });
  }, patience);
});

test("a loss of Redis lifts no switch: a process that still knows it puts it back, and it counts all the while", async () => {
  const open = await openPausable();
  const { world, watch } = open;
  await pause(open, "stopAll", { kind: "all" });
  const { openBareRedis } = await import("../support/redis.ts");
  const redis = openBareRedis();
  await redis.del(`${world.prefix}:control:{control}`);
  await redis.quit();
  const channel = { appId, channelName: "room", ruleName: "all" };
  const seen = new Set<string>();
  await vi.waitFor(async () => {
    seen.add(watch.orderFor(channel).control);
    expect((await world.store.readControl()).switches).toMatchObject([{ mode: "stopAll", ...by }]);
  }, patience);
  expect([...seen]).toEqual(["stopAll"]);
});

test("a failover that forgets that a switch was lifted pauses nobody for long: who knows it lifts it again", async () => {
  const open = await openPausable();
  const { world } = open;
  await pause(open, "holdStarts", { kind: "all" });
  const { openBareRedis } = await import("../support/redis.ts");
  const redis = openBareRedis();
  onTestFinished(async () => {
    await redis.quit();
  });
  const key = `${world.prefix}:control:{control}`;
  const old = await redis.hgetall(key);
  await world.store.liftSwitch("all", by);
  await vi.waitFor(() => {
    expect(open.watch.reading?.switches).toEqual([]);
  }, patience);
  await redis.del(key);
  await redis.hset(key, old);
  await vi.waitFor(async () => {
    expect((await world.store.readControl()).switches).toEqual([]);
  }, patience);
  await world.join(7);
  await confirmed(world);
});

test("a process that cannot read the switches for a lease starts nothing new", async () => {
  let nowMs = 0;
  const reading = { switches: [], revision: 0, nowMs: 1_000 };
  const watch = new ControlWatch({
    store: { readControl: () => Promise.resolve(reading), restoreSwitches: () => Promise.resolve("known") },
    owner: "w1",
    everyMs: 100,
    believedMs: 30_000,
    clock: { monotonicMs: () => nowMs, sleep: () => Promise.resolve() },
    metrics: createMetrics({ version: "0", apps: [], accounts: [], scripts: [], processMetrics: false }),
    log: silent,
  });
  const channel = { appId, channelName: "room", ruleName: "all" };
  expect(watch.orderFor(channel)).toEqual({ control: "holdStarts" });
  await watch.refresh();
  nowMs = 30_000;
  expect(watch.orderFor(channel)).toEqual({ control: "run" });
  nowMs = 30_001;
  expect(watch.orderFor(channel)).toEqual({ control: "holdStarts" });
});

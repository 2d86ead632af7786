import type { ReconcileObserver } from "@autorec/reconciler";
import type { OpenBackend } from "./store-backend.ts";
import { ModelStore } from "./model-store.ts";
import { isOver, isSettled } from "./rest.ts";
import type { Room } from "./room.ts";
import { allStrikes } from "./strikes/all-strikes.ts";
import { appId, World } from "./world.ts";

export interface LiveOptions {
  readonly seed: number;
  readonly openBackend?: OpenBackend;
  readonly masked?: ReadonlySet<string>;
  readonly trace?: ((line: string) => void) | undefined;
  readonly onCell?: ReconcileObserver["cell"];
  /** Each storm brings a failover that loses the last writes. */
  readonly failovers?: boolean;
  readonly scarce?: boolean;
}

/** What a seed was like. */
export interface Life {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Every fault that happened, by name. */
  readonly struck: readonly string[];
  readonly decisions: number;
  readonly recorders: number;
}

/** Storms of faults, each with a calm stretch after it; then everybody leaves for good, and nothing may be left. */
export async function live({ openBackend = openModel, failovers = false, ...options }: LiveOptions): Promise<Life> {
  const world = new World({ ...options, openBackend });
  try {
    await introduce(world);
    for (let cycle = 1; cycle <= world.plan.cycles; cycle += 1) {
      if (failovers) planFailover(world, cycle);
      await storm(world, cycle);
      await calm(world);
    }
    await end(world);
    if (world.judge.violations.length > 0) await tellState(world);
  } finally {
    await world.backend.close();
  }
  return {
    seed: options.seed,
    violations: world.judge.violations,
    struck: world.fate.struck,
    decisions: world.decisions,
    recorders: world.agora.recorders.all.length,
  };
}

/** A Redis that is a model of the scripts. */
export const openModel: OpenBackend = (options) => new ModelStore(options);

/** What Redis knows of each channel, for who reads the trace of a failure. */
async function tellState(world: World): Promise<void> {
  for (const { name } of world.rooms) {
    const reading = await world.backend.readChannel({ appId, channelName: name });
    if (reading === undefined) continue;
    const { presence, facts, record } = reading.view;
    world.say(
      () =>
        `Redis, ${name}: presence ${JSON.stringify(presence)}, want ${JSON.stringify(record.want)}, slots ${JSON.stringify(record.slots)}, facts ${JSON.stringify(facts)}`,
    );
  }
}

/** Those who stay through the calm have been here before: who comes first during a migration is taken for a recorder. */
async function introduce(world: World): Promise<void> {
  for (const room of world.rooms) {
    for (const uid of [200, 201]) {
      room.join(uid);
      room.leave(uid, 1);
    }
  }
  await world.runFor(world.durations.kafkaSessionMs);
}

async function storm(world: World, cycle: number): Promise<void> {
  const { clock, fate, plan, judge } = world;
  const endMs = clock.nowMs + plan.stormMs;
  judge.endCalm();
  fate.isStorm = true;
  const random = fate.random(`storm ${String(cycle)}`);
  for (let atMs = random.between(0, plan.strikeMs), i = 1; atMs < plan.stormMs; i += 1) {
    const { name, strike } = pick(random.next());
    const own = fate.random(`strike ${String(cycle)} ${String(i)}`);
    const fault = `strike ${String(cycle)}.${String(i)} ${name}`;
    clock.in(atMs, () => {
      if (!fate.allows(fault)) return undefined;
      world.say(() => fault);
      return strike(world, own);
    });
    atMs += random.between(plan.strikeMs / 10, 2 * plan.strikeMs);
  }
  for (const room of world.rooms) planPeople(world, { room, cycle });
  await world.runFor(endMs - clock.nowMs);
  fate.isStorm = false;
}

/** Drawn by itself: apart from it the storm is what it is without one. */
function planFailover(world: World, cycle: number): void {
  const { clock, durations, fate, plan, redis } = world;
  const random = fate.random(`failover ${String(cycle)}`);
  const lagMs = random.between(100, 2_000);
  const awayMs = random.between(100, durations.leaseMs);
  const fault = `failover ${String(cycle)}`;
  clock.in(random.between(0, plan.stormMs - lagMs), () => {
    if (!fate.allows(fault)) return undefined;
    // Until every process has noticed, has told what it knew, and that is decided on.
    world.expect(lagMs + awayMs + durations.leaseMs + durations.eventLagMs);
    return redis.failOver({ lagMs, awayMs });
  });
}

/** People come and go; each movement is drawn up before the storm begins. */
function planPeople(world: World, { room, cycle }: { readonly room: Room; readonly cycle: number }): void {
  const { clock, fate, plan } = world;
  const random = fate.random(`people ${room.name} ${String(cycle)}`);
  for (let atMs = random.between(0, plan.moveMs), i = 1; atMs < plan.stormMs; i += 1) {
    const uid = random.between(100, 103);
    const kind = random.next();
    const reason = random.between(1, 4);
    const fault = `people ${room.name} ${String(cycle)}.${String(i)}`;
    clock.in(atMs, () => {
      if (!fate.allows(fault)) return;
      if (kind < 0.5) room.join(uid);
      else if (kind < 0.8) room.leave(uid, reason);
      else room.clear(reason);
    });
    atMs += random.between(plan.moveMs / 20, 2 * plan.moveMs);
  }
}

async function calm(world: World): Promise<void> {
  const { durations: d, judge, rooms } = world;
  if (world.ruleVersion === "none") world.changeRules("second");
  world.setControl("run");
  for (const room of rooms) {
    room.setStraight();
    room.join(200);
    room.join(201);
  }
  judge.beginCalm();
  // Each recorder is polled once more before the calm is believed.
  await world.runUntilIt(isSettled, {
    lastsMs: 1.2 * d.pollMs,
    limitMs: judge.captureBoundMs() + 5 * d.spacing404Ms + d.migrationMaxMs,
    everyMs: d.pollMs / 8,
  });
  // A planned successor and whom it replaces record together for a while.
  const patienceMs = 4 * d.pollMs;
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += d.freshMs) {
    if (judge.recordedOtherwise().length === 0) break;
    await world.runFor(d.freshMs);
  }
  if (judge.violations.length === 0) judge.recordsOnce();
  if (judge.violations.length === 0) await judge.forgotNobody();
}

async function end(world: World): Promise<void> {
  const { agora, durations: d, judge, plan, rooms } = world;
  for (const room of rooms) room.clear(1);
  // Stops stand behind whatever was asked before them, and each other.
  const queueMs = plan.isScarce ? (4_000 * agora.recorders.liveCount) / plan.quota.requestsPerSecond : 0;
  await world.runFor(d.graceNormalMs + d.stopSlackMs + queueMs);
  if (judge.violations.length === 0) judge.stoppedAll();
  await world.runUntilIt(isOver, {
    lastsMs: d.leaseMs,
    limitMs: 4 * d.spacing404Ms + d.resourceLifeMs + d.lateStartMs + 3 * d.maxIdleMs,
    everyMs: d.leaseMs,
  });
  if (judge.violations.length === 0) await judge.leftNothing();
  if (!world.plan.isScarce) return;
  await world.runFor(d.quotaHoldMs + 2 * d.quotaJanitorMs + d.leaseMs);
  if (judge.violations.length === 0) await judge.quota.gaveBackWorkers();
}

function pick(x: number): (typeof allStrikes)[number] {
  let rest = x * allStrikes.reduce((sum, { weight }) => sum + weight, 0);
  for (const strike of allStrikes) {
    rest -= strike.weight;
    if (rest < 0) return strike;
  }
  const [first] = allStrikes;
  if (first === undefined) throw new Error("a storm needs strikes");
  return first;
}

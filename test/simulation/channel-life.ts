import { SimulatedWorld } from "./simulated-world.ts";

/** A storm of faults, a quiet stretch, then everybody leaves for good. */
export function live(seed: number): SimulatedWorld {
  const world = new SimulatedWorld({ seed, stormPolls: 25, workers: 3 });
  const { random, durations, clock } = world;

  const people = (): void => {
    if (!world.isStorm) return;
    const reason = random.chance(0.5) ? 1 : 2;
    world.setPeople(world.people === 0 ? random.between(1, 3) : random.chance(0.4) ? 0 : world.people, reason);
    clock.in(random.between(500, 2 * durations.graceMs), people);
  };
  const strikes = (): void => {
    if (!world.isStorm) return;
    world.strike();
    clock.in(random.between(1_000, durations.pollMs), strikes);
  };
  people();
  strikes();
  world.runFor(world.stormMs);

  world.setPeople(2);
  world.runFor(world.captureBoundMs() + 5 * durations.spacing404Ms + durations.migrationMaxMs);
  recordsOnce(world);

  world.setPeople(0);
  world.runFor(durations.graceNormalMs + durations.stopSlackMs);
  for (const recorder of world.agora.live) {
    if (world.isKnown(recorder)) world.fail(`I4: ${recorder.sid} is known and was not stopped in time`);
  }
  world.runFor(4 * durations.spacing404Ms + durations.resourceLifeMs + durations.lateStartMs + 3 * durations.maxIdleMs);
  leavesNothing(world);
  return world;
}

function recordsOnce(world: SimulatedWorld): void {
  const responsible = world.store.record.attempts[world.store.record.slots.primary.resp];
  if (responsible?.st !== "CONF") world.fail(`I3: the responsible attempt is ${responsible?.st ?? "missing"}`);
  const known = world.agora.live.filter((recorder) => world.isKnown(recorder));
  if (known.length !== 1) world.fail(`I2: ${known.length} known recorders in a quiet channel`);
}

function leavesNothing(world: SimulatedWorld): void {
  if (world.agora.live.length > 0) world.fail(`I4: left behind: ${world.agora.live.map((one) => one.sid).join(", ")}`);
  const open = world.open().map((attempt) => `${attempt.n} ${attempt.st}`);
  if (open.length > 0) world.fail(`I8: still open: ${open.join(", ")}`);
  if (world.store.record.want.on) world.fail("I8: still wanted");
  const sessions = Object.values(world.store.record.sessions).filter((session) => session.closedAtMs === undefined);
  if (sessions.length > 0) world.fail(`I8: ${sessions.length} sessions never closed`);
}

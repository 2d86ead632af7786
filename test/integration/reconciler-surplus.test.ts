import { describe, expect, test, vi } from "vitest";
import type { Reconciling } from "../support/reconciler.ts";
import { openReconciling, shortDurations } from "../support/reconciler.ts";

const patience = { timeout: 60_000, interval: 20 } as const;
const { maxIdleMs } = shortDurations;

async function confirmed(world: Reconciling): Promise<void> {
  await vi.waitFor(async () => expect(await world.attempts()).toMatchObject([{ st: "CONF" }]), patience);
}

/** Nobody is recorded any more, and it was autorec that ended what ran: the idle exit would have taken much longer. */
async function expectStopped(world: Reconciling, sinceMs: number): Promise<void> {
  await vi.waitFor(() => expect(world.live()).toEqual([]), patience);
  expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]);
  expect((world.leftRecorders()[0]?.atMs ?? Infinity) - sinceMs).toBeLessThan(maxIdleMs);
  expect(world.joinedRecorders()).toHaveLength(1);
  await vi.waitFor(async () => expect(await world.attempts()).toMatchObject([{ st: "CLOSED" }]), patience);
}

describe("a recorder that came up for nobody is stopped", () => {
  test("when the answer to its start comes after everybody has left", async () => {
    const world = await openReconciling({ durations: { callStartMs: 10_000, leaseMs: 17_000 } });
    world.worker("w1").watch();
    const late = { fault: "delay", delayMs: 2_000, when: "afterEffect", match: { call: "start" } } as const;
    await world.simulator.client.fault(late);
    await world.join(7);
    await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(1), patience);
    await world.leave(7);
    const leftAtMs = Date.now();
    expect(world.requests("start"), "it is not answered yet").toEqual([]);
    await expectStopped(world, leftAtMs);
    expect(world.requests("start")).toMatchObject([{ status: 200, answered: true }]);
  });

  test("when who had sent its start lost the lease, and the channel emptied before its answer was known", async () => {
    const world = await openReconciling();
    const paused = world.worker("paused");
    await world.simulator.client.fault({ fault: "delay", delayMs: 300, when: "afterEffect", match: { call: "start" } });
    await world.join(7);
    const work = paused.reconcile("room");
    await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(1), patience);
    paused.gate.close();
    await world.leave(7);
    const leftAtMs = Date.now();
    // The next holder must not repeat a start for nobody: it may only doubt whether the first one ran.
    world.worker("next").watch();
    await vi.waitFor(async () => expect(await world.attempts()).toMatchObject([{ st: "DOUBT" }]), patience);
    expect(world.live()).toHaveLength(1);
    paused.gate.open();
    expect(await work).toBe("lost");
    await expectStopped(world, leftAtMs);
    const stops = world.requests("stop");
    expect(stops.map(({ client }) => client)).toEqual(stops.map(() => "next"));
    expect(world.requests("start")).toHaveLength(1);
  });
});

test("a recorder whose start was answered after its time limit is known by that answer: no second one records beside it", async () => {
  const world = await openReconciling();
  world.worker("w1").watch();
  const { callStartMs, adoptWindowMs } = shortDurations;
  // Later than the limit, and before the ghost that the repeated start meets would be covered.
  const delayMs = callStartMs + adoptWindowMs / 2;
  await world.simulator.client.fault({ fault: "delay", delayMs, when: "afterEffect", match: { call: "start" } });
  await world.join(7);
  await confirmed(world);
  expect(world.requests("start").map(({ status, code }) => [status, code])).toEqual([
    [201, 7],
    [200, undefined],
  ]);
  await world.leave(7);
  await expectStopped(world, Date.now());
});

function absences(world: Reconciling) {
  return world.requests("query").filter(({ status }) => status === 404);
}

describe.each([
  ["standard: 30 s", "coverAfterStandardMs"],
  ["patient: 95 s", "coverAfterPatientMs"],
] as const)("a recorder that answers 404 for good is covered after what its rule says, %s compressed", (_, name) => {
  const coverAfterMs = shortDurations[name];

  test("not before the 404s have lasted so long, and at the next look then", async () => {
    const world = await openReconciling({ rule: { coverAfterMs } });
    world.worker("w1").watch();
    await world.join(7);
    await confirmed(world);
    await world.simulator.client.kill({ channelName: "room", silent: true });
    await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(2), patience);
    const [first] = absences(world);
    const [, acquire] = world.requests("acquire");
    const evidence = absences(world).filter(
      ({ startedAtMs }) => startedAtMs >= (first?.atMs ?? Infinity) + coverAfterMs,
    );
    // The one that decided was sent late enough, and what followed from it came after it was answered.
    expect(evidence.length).toBeGreaterThan(0);
    expect(acquire?.startedAtMs ?? 0).toBeGreaterThanOrEqual(evidence[0]?.atMs ?? Infinity);
    expect(evidence.filter(({ atMs }) => atMs < (acquire?.startedAtMs ?? 0))).toHaveLength(1);
    expect(world.live()).toMatchObject([{ uid: world.joinedRecorders()[1]?.uid }]);
  });
});

test("silence after a 404 proves nothing: it is covered when the next 404 comes, not while nobody answers", async () => {
  const coverAfterMs = shortDurations.coverAfterStandardMs;
  const world = await openReconciling({ rule: { coverAfterMs } });
  world.worker("w1").watch();
  await world.join(7);
  await confirmed(world);
  await world.simulator.client.kill({ channelName: "room", silent: true });
  await vi.waitFor(() => expect(absences(world)).toHaveLength(1), patience);
  const silent = { fault: "lose-request", how: "drop", match: { call: "query" }, count: "unlimited" } as const;
  const faultId = await world.simulator.client.fault(silent);
  const firstAtMs = absences(world)[0]?.atMs ?? 0;
  await vi.waitFor(
    () => expect(world.requests("query").at(-1)?.atMs ?? 0).toBeGreaterThan(firstAtMs + coverAfterMs + 1_000),
    patience,
  );
  expect(world.requests("acquire")).toHaveLength(1);
  await world.simulator.client.clearFaults(faultId);
  await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(2), patience);
  expect(absences(world).length).toBeGreaterThan(1);
});

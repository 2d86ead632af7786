import { expect, test, vi } from "vitest";
import { openReconciling } from "../support/reconciler.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

test("somebody joins: a recorder is started, confirmed, stopped after the last leave, and asked until it is gone", async () => {
  const world = await openReconciling();
  const worker = world.worker("w1");
  worker.watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF", n404: 0 }]);
  }, patience);
  const [attempt] = await world.attempts();
  expect(world.live()).toMatchObject([{ uid: attempt?.uid, sid: attempt?.sid, resourceId: attempt?.resourceId }]);

  await world.leave(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CLOSED" }]);
  }, patience);
  expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]);
  expect(world.requests("acquire")).toHaveLength(1);
  expect(world.requests("start")).toHaveLength(1);
  // The last thing asked was whether it is gone: a stop that was accepted is not yet a stop that has happened.
  expect(world.requests("query").at(-1)).toMatchObject({ status: 404 });
  expect(worker.failures).toEqual([]);
  expect(worker.alarms).toEqual([]);
});

test("a start whose answer was lost becomes a ghost, and after the adopt window another recorder covers it", async () => {
  const world = await openReconciling();
  const worker = world.worker("w1");
  await world.simulator.client.fault({ fault: "lose-answer", match: { call: "start" } });
  worker.watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "GHOST" }, { st: "CONF" }]);
  }, patience);
  const [ghost, cover] = world.joinedRecorders();
  expect(ghost?.uid).not.toBe(cover?.uid);
  expect(world.live()).toHaveLength(2);
  expect(cover?.atMs ?? 0).toBeGreaterThanOrEqual((ghost?.atMs ?? 0) + 1_500);
  // The repeated start named the resource of the first: Agora refused a second recorder for it.
  expect(world.requests("start").slice(0, 2)).toMatchObject([
    { resourceId: ghost?.resourceId, answered: false },
    { resourceId: ghost?.resourceId, status: 201, code: 7 },
  ]);
});

test("a killed recorder is replaced by one with the next uid, once, and the dead one is asked until it is certain", async () => {
  const world = await openReconciling();
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  await world.simulator.client.kill({ channelName: "room" });
  await vi.waitFor(async () => {
    expect((await world.attempts()).slice(1)).toMatchObject([{ st: "CONF" }]);
  }, patience);
  const [dead, next] = await world.attempts();
  expect(next?.k).toBe((dead?.k ?? 0) + 1);
  expect(world.live()).toMatchObject([{ uid: next?.uid }]);
  expect(dead?.st).not.toBe("CLOSED");
  const killedAtMs = world.leftRecorders()[0]?.atMs ?? 0;
  expect((world.joinedRecorders()[1]?.atMs ?? Infinity) - killedAtMs).toBeLessThan(10_000);
  // Four 404s, each sent 4.5 s after the one before, prove its end.
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CLOSED", n404: 4 }, { st: "CONF" }]);
  }, patience);
});

test("a migrating recorder answers 404 and is not stopped; if it comes back in time nothing was started beside it", async () => {
  const world = await openReconciling({ durations: { coverAfterEagerMs: 4_000 } });
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF" }]);
  }, patience);
  const migration = await world.simulator.client.migrate({ channelName: "room", windowMs: 1_500 });
  await vi.waitFor(() => {
    expect(world.requests("query").some(({ status }) => status === 404)).toBe(true);
  }, patience);
  await vi.waitFor(async () => {
    expect(await world.attempts()).toMatchObject([{ st: "CONF", n404: 0, sid: migration?.sid }]);
    expect(world.joinedRecorders()).toMatchObject([{ cause: "start" }, { cause: "migration" }]);
    expect(world.requests("query").at(-1)).toMatchObject({ status: 200 });
  }, patience);
  expect(world.requests("stop")).toEqual([]);
  expect(world.requests("start")).toHaveLength(1);
});

test("with a wrong certificate each start is accepted and dies unconfirmed: after three the slot warns", async () => {
  const world = await openReconciling();
  const worker = world.worker("w1", { appCertificate: "ffeeddccbbaa99887766554433221100" });
  worker.watch();
  await world.join(7);
  await vi.waitFor(() => {
    expect(worker.alarms).toContainEqual(expect.objectContaining({ alarm: "starts_die_unconfirmed" }));
  }, patience);
  expect((await world.attempts()).length).toBeGreaterThanOrEqual(3);
  expect(world.requests("start").every(({ status }) => status === 200)).toBe(true);
});

import { expect, onTestFinished, test, vi } from "vitest";
import { startRedisServer } from "../support/redis-cluster.ts";
import {
  claimed,
  commitOn,
  joined,
  left,
  newToken,
  occupiedAndClaimed,
  openStoreFixture,
  room,
} from "../support/session-store.ts";

/** When presence makes a channel due, and what holds it back. */

// Mutation 25: a process that dies between two scripts would leave an occupied channel that nobody is told of.
test("presence and due change in one script: no command but one is sent", async () => {
  // Nobody else's commands come between: on a busy Redis a monitor's first line may overtake its own reply.
  const server = await startRedisServer();
  onTestFinished(() => server.close());
  const { store, prefix } = await openStoreFixture({ redis: { url: server.url } });
  const redis = server.admin;
  // Redis knows the script from here on.
  await store.applyPresence({ ...room, channelName: "other" }, { events: [joined(7, 1)] });
  const watcher = redis.duplicate();
  const monitor = await watcher.monitor();
  onTestFinished(() => {
    monitor.disconnect();
    // It would look for its server for ever, through all tests that follow.
    watcher.disconnect();
  });
  const commands: (string | undefined)[] = [];
  monitor.on("monitor", (_time: string, command: readonly string[], source: string) => {
    if (source !== "lua" && command.some((word) => word.startsWith(prefix))) commands.push(command[0]?.toLowerCase());
  });
  await store.applyPresence(room, { events: [joined(7, 1)] });
  await redis.get(`${prefix}:end`);
  await vi.waitFor(() => {
    expect(commands.at(-1)).toBe("get");
  });
  expect(commands).toEqual(["evalsha", "get"]);
  expect(await store.claimOne(room, { token: newToken(), owner: "a", leaseMs: 1_000 })).toMatchObject({
    kind: "claimed",
  });
});

test("an event that changes nothing about occupation leaves a due time where it is", async () => {
  const { store, redis, key } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const { record } = channel.view;
  await commitOn(store, channel, {
    token,
    after: record,
    dueAtMs: 4_000_000_000_000,
    release: true,
  });
  expect(await store.applyPresence(room, { events: [joined(8, 1)] })).toMatchObject({
    changed: false,
    occupied: true,
    applied: 1,
  });
  expect(await redis.zscore(key("due"), "app1:room")).toBe("4000000000000");
});

test("a change during a lease raises the revision and says that the lease is held", async () => {
  const { store } = await openStoreFixture();
  const channel = await occupiedAndClaimed(store, { token: newToken() });
  expect(await store.applyPresence(room, { events: [left(7, 2)] })).toMatchObject({ changed: true, leaseHeld: true });
  const rev = (await store.readChannel(room))?.rev ?? "0";
  expect(BigInt(rev)).toBeGreaterThan(BigInt(channel.rev));
});

test("an old join is held until its partition has been applied that far, then the channel is due", async () => {
  const { store } = await openStoreFixture();
  const hold = { partition: 3, offset: "1000" };
  await store.applyPresence(room, { events: [joined(7, 1)], hold, appliedOffset: { partition: 3, offset: "999" } });
  expect((await store.readChannel(room))?.view.presence.held).toEqual(hold);
  const before = await claimed(store, { token: newToken() });
  expect(await store.applyPresence(room, { events: [], appliedOffset: { partition: 3, offset: "999" } })).toMatchObject(
    { changed: false },
  );
  expect(
    await store.applyPresence(room, { events: [], appliedOffset: { partition: 3, offset: "1000" } }),
  ).toMatchObject({ changed: true });
  const after = await store.readChannel(room);
  expect(after?.view.presence.held).toBeUndefined();
  expect(BigInt(after?.rev ?? "0")).toBeGreaterThan(BigInt(before.rev));
});

test("a hold is never shortened, and a copy of the old join does not bring it back", async () => {
  const { store } = await openStoreFixture();
  await store.applyPresence(room, { events: [joined(7, 1)], hold: { partition: 0, offset: "1000" } });
  await store.applyPresence(room, { events: [joined(8, 1)], hold: { partition: 0, offset: "999" } });
  expect((await store.readChannel(room))?.view.presence.held?.offset).toBe("1000");
  expect(await store.releaseHolds(0, 0, "1000")).toBe(1);
  await store.applyPresence(room, { events: [joined(7, 1)], hold: { partition: 0, offset: "2000" } });
  expect((await store.readChannel(room))?.view.presence.held).toBeUndefined();
});

test("a partition's progress ends the holds that it has reached, no others, and only once", async () => {
  const { store } = await openStoreFixture();
  const refs = ["a", "b", "c"].map((channelName) => ({ appId: "app1", channelName }));
  for (const [i, ref] of refs.entries())
    await store.applyPresence(ref, { events: [joined(7, 1)], hold: { partition: 1, offset: String(9 + i) } });
  expect([await store.highestHold(0, 2), await store.highestHold(0, 1)]).toEqual([undefined, "11"]);
  expect(await store.releaseHolds(0, 2, "99")).toBe(0);
  expect(await store.releaseHolds(0, 1, "10")).toBe(2);
  expect(await store.releaseHolds(0, 1, "10")).toBe(0);
  const held = await Promise.all(refs.map(async (ref) => (await store.readChannel(ref))?.view.presence.held?.offset));
  expect(held).toEqual([undefined, undefined, "11"]);
});

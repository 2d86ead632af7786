import { createChannelClient } from "@autorec/recording-api";
import { systemClock } from "@autorec/service-kit";
import { expect, onTestFinished, test, vi } from "vitest";
import { PresenceCheck } from "../../services/watchdog/src/check-presence.ts";
import type { Reconciling } from "../support/reconciler.ts";
import { openReconciling } from "../support/reconciler.ts";
import { customer } from "../support/reconciling-app.ts";

const patience = { timeout: 60_000, interval: 50 } as const;

/** The watchdog's look at the simulator's channel management, one round at a time. */
function openCheck({ appId, simulator, store }: Reconciling, customerSecret: string = customer.customerSecret) {
  const client = createChannelClient({
    baseUrl: simulator.baseUrl,
    appId,
    customerId: customer.customerId,
    customerSecret,
    userAgent: "autorec/test check",
    clock: systemClock,
    sleep: (ms) => systemClock.sleep(ms),
  });
  onTestFinished(() => client.close());
  const confirmed: { readonly trusted: number; readonly removed: number }[] = [];
  const unlisted: { readonly outcome: string }[] = [];
  const check = new PresenceCheck({
    store,
    shardCount: 1,
    listUsers: ({ channelName }) => client.listUsers(channelName),
    observer: {
      confirmed: (_ref, counts) => confirmed.push(counts),
      unlisted: (_ref, answer) => unlisted.push(answer),
    },
  });
  return { check, confirmed, unlisted };
}

async function presenceOf({ appId, store }: Reconciling) {
  return (await store.readChannel({ appId, channelName: "room" }))?.view.presence;
}

test("of two who are doubted, Agora's list brings back who is there at once and takes away who is not after a second one", async () => {
  const world = await openReconciling({
    // The leave of 8 never comes.
    loses: ({ eventType, payload }) => payload.uid === 8 && (eventType === 104 || eventType === 108),
  });
  world.worker("w1").watch();
  await world.join(7);
  await world.join(8);
  await vi.waitFor(async () => expect(await world.attempts()).toMatchObject([{ st: "CONF" }]), patience);
  await world.simulator.client.leave({ channelName: "room", uid: 8 });
  await world.markDoubtful();
  // In doubt about everybody nothing is recorded.
  await vi.waitFor(() => expect(world.leftRecorders()).toMatchObject([{ cause: "stop" }]), patience);
  const { check, confirmed, unlisted } = openCheck(world);
  await check.round();
  expect(unlisted).toEqual([]);
  expect(confirmed).toMatchObject([{ trusted: 1, removed: 0 }]);
  await vi.waitFor(() => expect(world.joinedRecorders()).toHaveLength(2), patience);
  expect(await presenceOf(world)).toMatchObject({ count: 1, doubtful: { count: 1 } });
  await check.round();
  expect(confirmed.slice(1)).toMatchObject([{ trusted: 0, removed: 1 }]);
  expect(await presenceOf(world)).toMatchObject({ count: 1 });
  expect(await presenceOf(world)).not.toHaveProperty("doubtful");
  // Its own recorder is in the list as well, and nobody takes it for a person.
  await world.leave(7);
  await vi.waitFor(() => expect(world.live()).toEqual([]), patience);
  expect(world.requests("start")).toHaveLength(2);
});

test("while Agora refuses to list anybody nobody is removed and nothing is started, however often it is asked", async () => {
  const world = await openReconciling();
  world.worker("w1").watch();
  await world.join(7);
  await vi.waitFor(async () => expect(await world.attempts()).toMatchObject([{ st: "CONF" }]), patience);
  await world.markDoubtful();
  await vi.waitFor(() => expect(world.live()).toEqual([]), patience);
  const { check, confirmed, unlisted } = openCheck(world, "wrong");
  for (let i = 0; i < 3; i += 1) await check.round();
  expect(unlisted.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused"]);
  expect(confirmed).toEqual([]);
  expect(await presenceOf(world)).toMatchObject({ count: 0, doubtful: { count: 1 } });
  expect(world.requests("start")).toHaveLength(1);
});

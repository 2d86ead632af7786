import type { LifecycleFact } from "@autorec/events";
import { expect, test, vi } from "vitest";
import {
  anyNumber,
  attempt,
  commitOn,
  like,
  newToken,
  nothingElse,
  occupiedAndClaimed,
  openStoreFixture,
  recording,
  room,
} from "../support/session-store.ts";

const opened: LifecycleFact = { type: "session.opened", atMs: 1, sessionId: "s1", cause: "occupied" };
const claimedFact: LifecycleFact = {
  type: "attempt.claimed",
  atMs: 1,
  sessionId: "s1",
  slot: "primary",
  attempt: 1,
  state: "CLAIMED",
};

async function commitFacts(fixture: Awaited<ReturnType<typeof openStoreFixture>>) {
  const { store } = fixture;
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  const after = recording(channel.view.record, attempt(1));
  const first = await commitOn(store, channel, {
    token,
    after,
    lifecycle: [opened, claimedFact],
    snapshots: [attempt(1)],
  });
  const firstRev = first.kind === "ok" ? first.rev : "";
  const second = await store.commit(room, {
    ...nothingElse,
    token,
    expectedRev: firstRev,
    before: after,
    after,
    lifecycle: [{ ...opened, type: "session.closed" }],
  });
  return { firstRev, secondRev: second.kind === "ok" ? second.rev : "" };
}

test("a commit's facts and snapshots are in the outbox with its revision, the same ids at each reading, in order", async () => {
  const fixture = await openStoreFixture();
  const { firstRev, secondRev } = await commitFacts(fixture);
  const entries = await fixture.store.outboxRead(0, 10);
  expect(entries).toEqual([
    {
      id: like(/^\d+-\d+$/),
      ref: room,
      rev: firstRev,
      lifecycle: [
        { schemaVersion: 1, eventId: `app1/room/${firstRev}/0`, ...room, ...opened },
        { schemaVersion: 1, eventId: `app1/room/${firstRev}/1`, ...room, ...claimedFact },
      ],
      snapshots: [{ rev: firstRev, attempt: attempt(1) }],
      removedAttempts: [],
      appendedAtMs: anyNumber,
    },
    expect.objectContaining({
      rev: secondRev,
      lifecycle: [expect.objectContaining({ type: "session.closed" })],
      snapshots: [],
    }),
  ]);
  expect(await fixture.store.outboxRead(0, 10)).toEqual(entries);
  expect(await fixture.store.outboxRead(0, 1)).toEqual(entries.slice(0, 1));
});

test("a commit that has nothing to tell appends nothing", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  const channel = await occupiedAndClaimed(store, { token });
  await commitOn(store, channel, { token });
  expect(await store.outboxRead(0, 10)).toEqual([]);
  expect(await store.outboxOldestAgeMs()).toBeUndefined();
});

test("only the relay that holds the shard removes entries, and removing them again is no error", async () => {
  const fixture = await openStoreFixture();
  const { store } = fixture;
  await commitFacts(fixture);
  const [first, second] = await store.outboxRead(0, 10);
  const ids = [first?.id ?? ""];
  const token = newToken();
  expect(await store.outboxAck(0, token, ids)).toBe("lost");
  expect(await store.claimRelay(0, { token, leaseMs: 60_000 })).toBe(true);
  expect(await store.claimRelay(0, { token: newToken(), leaseMs: 60_000 })).toBe(false);
  expect(await store.outboxAck(0, newToken(), ids)).toBe("lost");
  expect(await store.outboxAck(0, token, ids)).toBe("acked");
  expect(await store.outboxAck(0, token, ids)).toBe("acked");
  expect((await store.outboxRead(0, 10)).map((entry) => entry.id)).toEqual([second?.id]);
});

test("a relay that was paused beyond its lease acknowledges nothing, and another takes over", async () => {
  const { store } = await openStoreFixture();
  const token = newToken();
  expect(await store.claimRelay(0, { token, leaseMs: 10 })).toBe(true);
  expect(await store.claimRelay(0, { token, leaseMs: 20 })).toBe(true);
  const next = newToken();
  await vi.waitFor(async () => expect(await store.claimRelay(0, { token: next, leaseMs: 60_000 })).toBe(true), {
    interval: 5,
  });
  expect(await store.outboxAck(0, token, ["1-1"])).toBe("lost");
});

test("a relay that gives its shard back is followed at once; one that does not hold it takes it from nobody", async () => {
  const { store } = await openStoreFixture();
  const [token, next] = [newToken(), newToken()];
  expect(await store.releaseRelay(0, { token })).toBe("lost");
  expect(await store.claimRelay(0, { token, leaseMs: 60_000 })).toBe(true);
  expect(await store.releaseRelay(0, { token })).toBe("released");
  expect(await store.releaseRelay(0, { token })).toBe("lost");
  expect(await store.claimRelay(0, { token: next, leaseMs: 60_000 })).toBe(true);
  expect(await store.releaseRelay(0, { token })).toBe("lost");
  expect(await store.claimRelay(0, { token, leaseMs: 60_000 })).toBe(false);
});

test("the age of the oldest entry is measured with Redis's clock, over all shards", async () => {
  const fixture = await openStoreFixture();
  await commitFacts(fixture);
  await vi.waitFor(async () => expect(await fixture.store.outboxOldestAgeMs()).toBeGreaterThan(20), { interval: 5 });
});

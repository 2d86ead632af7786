import type { RequestKind, SessionStore } from "@autorec/session-store";
import { expect, test } from "vitest";
import { openStoreFixture } from "../support/session-store.ts";
import type { StoreFixture } from "../support/session-store.ts";

const kinds: readonly RequestKind[] = ["start", "acquire", "stop", "query"];
const limits = [1, 2, 3, 10, 50];

interface Sent {
  readonly kind: RequestKind;
  readonly atUs: number;
}

/** Asks without end, one kind after the other, until Redis's clock has moved on so far; answers what may leave when. */
async function storm(
  { store, redis, prefix }: StoreFixture,
  options: { readonly kinds: readonly RequestKind[]; readonly requestsPerSecond: number; readonly forMs: number },
): Promise<readonly Sent[]> {
  const { requestsPerSecond, forMs } = options;
  const account = `storm-${String(requestsPerSecond)}-${options.kinds.join("-")}`;
  const sent: Sent[] = [];
  const endsAtMs = (await store.nowMs()) + forMs;
  while ((await store.nowMs()) < endsAtMs) {
    for (const kind of options.kinds) {
      const grant = await store.takeRequest(account, { kind, requestsPerSecond });
      if (grant.kind === "granted")
        sent.push({ kind, atUs: Number(await redis.lindex(`${prefix}:qps:{${account}}`, 0)) });
    }
  }
  return sent;
}

/** Asks until the kind is refused: all that may wait of it waits. */
async function fill(
  store: SessionStore,
  account: string,
  order: Parameters<SessionStore["takeRequest"]>[1],
): Promise<void> {
  for (let asked = 0; asked < 200; asked += 1) {
    if ((await store.takeRequest(account, order)).kind === "refused") return;
  }
  throw new Error(`${order.kind} is never refused at ${String(order.requestsPerSecond)} per second`);
}

test("under an endless storm, whatever its mix, never more requests than the limit leave in any second, and hardly fewer (I7)", async () => {
  const fixture = await openStoreFixture();
  const mixes: readonly (readonly RequestKind[])[] = [["start"], ["query", "stop"], kinds];
  const storms = mixes.flatMap((mix) =>
    limits.map(async (limit) => {
      const sent = await storm(fixture, { kinds: mix, requestsPerSecond: limit, forMs: 2_500 });
      const tooClose = sent.filter(({ atUs }, i) => atUs - (sent[i - limit]?.atUs ?? -Infinity) < 1_000_000);
      expect(tooClose, `limit ${limit}, ${mix.join()}`).toEqual([]);
      // A window lasts 1.05 s: the third has begun.
      expect(sent.length, `limit ${limit}, ${mix.join()}`).toBeGreaterThanOrEqual(2 * limit + 1);
    }),
  );
  await Promise.all(storms);
});

test("in a storm of every kind no kind is left out for longer than two seconds", async () => {
  const sent = await storm(await openStoreFixture(), { kinds, requestsPerSecond: 10, forMs: 2_000 });
  const lastUs = sent.at(-1)?.atUs ?? 0;
  for (const kind of kinds) {
    const times = sent.filter((one) => one.kind === kind).map(({ atUs }) => atUs);
    const waits = [...times, lastUs].map((atUs, i) => atUs - (times[i - 1] ?? atUs));
    expect(Math.max(...waits), kind).toBeLessThanOrEqual(2_000_000);
  }
});

test.each([
  [50, 2_000],
  [10, 2_000],
  [3, 2_100],
  [2, 2_650],
  [1, 4_200],
])("under a storm of starts at %i per second a query and a stop leave within %i ms", async (limit, waitMsMax) => {
  const { store } = await openStoreFixture();
  const take = (kind: RequestKind) => store.takeRequest("account", { kind, requestsPerSecond: limit });
  await fill(store, "account", { kind: "start", requestsPerSecond: limit });
  await fill(store, "account", { kind: "acquire", requestsPerSecond: limit });
  for (const grant of [await take("query"), await take("stop")]) {
    expect(grant).toMatchObject({ kind: "granted" });
    expect(grant.kind === "granted" && grant.waitMs).toBeLessThanOrEqual(waitMsMax);
  }
});

test.each(kinds)("whatever fills the account, %s finds a place, even at one request per second", async (late) => {
  const { store } = await openStoreFixture();
  for (const kind of kinds) if (kind !== late) await fill(store, "account", { kind, requestsPerSecond: 1 });
  const grant = await store.takeRequest("account", { kind: late, requestsPerSecond: 1 });
  expect(grant).toMatchObject({ kind: "granted" });
  // One place of each kind, a window each.
  expect(grant.kind === "granted" && grant.waitMs).toBeLessThanOrEqual(4 * 1_050);
});

test.each(kinds)("a quiet account gives all of its second to %s at once: no share lies idle", async (kind) => {
  const { store } = await openStoreFixture();
  const take = () => store.takeRequest("account", { kind, requestsPerSecond: 10 });
  const grants = [];
  for (let i = 0; i < 10; i += 1) grants.push(await take());
  expect(grants).toEqual(Array.from({ length: 10 }, () => ({ kind: "granted", waitMs: 0 })));
  const next = await take();
  expect(next.kind === "granted" && next.waitMs).toBeGreaterThan(500);
  expect(await store.takeRequest("another", { kind, requestsPerSecond: 10 })).toEqual({ kind: "granted", waitMs: 0 });
});

test("who is refused has taken nothing and is told when a place is free", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  await fill(store, "account", { kind: "query", requestsPerSecond: 2 });
  const key = `${prefix}:qps:{account}`;
  const before = await redis.lrange(key, 0, -1);
  const refused = await store.takeRequest("account", { kind: "query", requestsPerSecond: 2 });
  expect(refused).toMatchObject({ kind: "refused" });
  expect(await redis.lrange(key, 0, -1)).toEqual(before);
  const [newestUs] = before.map(Number);
  const freeAtMs = (await store.nowMs()) + (refused.kind === "refused" ? refused.retryInMs : 0);
  expect(Math.abs(freeAtMs - (newestUs ?? 0) / 1_000)).toBeLessThan(100);
});

test("a limit below one is a request every so many seconds", async () => {
  const { store } = await openStoreFixture();
  const take = () => store.takeRequest("account", { kind: "query", requestsPerSecond: 0.5 });
  expect(await take()).toEqual({ kind: "granted", waitMs: 0 });
  const second = await take();
  expect(second.kind === "granted" && second.waitMs).toBeGreaterThan(1_500);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  "a limit of %d is the caller's mistake",
  async (requestsPerSecond) => {
    const { store } = await openStoreFixture();
    await expect(store.takeRequest("account", { kind: "start", requestsPerSecond })).rejects.toThrow(
      /must be a number > 0/,
    );
  },
);

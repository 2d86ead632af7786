import type { RequestClass, SessionStore } from "@autorec/session-store";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { openStoreFixture } from "../support/session-store.ts";
import type { StoreFixture } from "../support/session-store.ts";

type Order = Parameters<SessionStore["takeRequest"]>[1];

const classes: readonly RequestClass[] = ["start", "confirm", "stop", "restart-check", "poll"];
const limits = [1, 2, 3, 10, 50];
const windowMs = 1_030;
/** Of all requests, in percent: what a class gets whatever storm fills the account. */
const owed = { confirm: 1, stop: 4, "restart-check": 3, poll: 2 } as const;

interface Sent {
  readonly class: RequestClass;
  readonly atUs: number;
}

/** On a busy machine a round takes longer: what goes by meanwhile is no time in which somebody asked without end. */
const roundMsMax = 20;

/** Asks without end, one class after the other, for so long by Redis's clock; answers what may leave when. */
async function storm(
  { store, redis, prefix }: StoreFixture,
  options: { readonly classes: readonly RequestClass[]; readonly requestsPerSecond: number; readonly forMs: number },
): Promise<readonly Sent[]> {
  const { requestsPerSecond, forMs } = options;
  const account = `storm-${String(requestsPerSecond)}-${options.classes.join("-")}`;
  const sent: Sent[] = [];
  let roundAtMs = await store.nowMs();
  for (let askedMs = 0; askedMs < forMs;) {
    for (const one of options.classes) {
      const grant = await store.takeRequest(account, { class: one, requestsPerSecond });
      if (grant.kind === "granted")
        sent.push({ class: one, atUs: Number(await redis.lindex(`${prefix}:qps:{${account}}`, 0)) });
    }
    const nowMs = await store.nowMs();
    askedMs += Math.min(nowMs - roundAtMs, roundMsMax);
    roundAtMs = nowMs;
  }
  return sent;
}

/** Asks until the class is sent away: it has booked all that it may. */
async function fill(store: SessionStore, account: string, order: Order): Promise<void> {
  for (let asked = 0; asked < 400; asked += 1) {
    if ((await store.takeRequest(account, order)).kind === "refused") return;
  }
  throw new Error(`${order.class} is never refused at ${String(order.requestsPerSecond)} per second`);
}

function waitOf(grant: Awaited<ReturnType<SessionStore["takeRequest"]>>): number {
  if (grant.kind !== "granted") throw new Error(`sent away: ${JSON.stringify(grant)}`);
  return grant.waitMs;
}

test("I7: under an endless storm, whatever its mix, never more requests than the limit leave in any second, and hardly fewer", async () => {
  const fixture = await openStoreFixture();
  const mixes: readonly (readonly RequestClass[])[] = [["start"], ["poll", "stop"], classes];
  const storms = mixes.flatMap((mix) =>
    limits.map(async (limit) => {
      const sent = await storm(fixture, { classes: mix, requestsPerSecond: limit, forMs: 2_500 });
      const tooClose = sent.filter(({ atUs }, i) => atUs - (sent[i - limit]?.atUs ?? -Infinity) < 1_000_000);
      expect(tooClose, `limit ${limit}, ${mix.join()}`).toEqual([]);
      // A window lasts 1.03 s: the third has begun.
      expect(sent.length, `limit ${limit}, ${mix.join()}`).toBeGreaterThanOrEqual(2 * limit + 1);
    }),
  );
  await Promise.all(storms);
});

test("law: whoever asks for whatever in whatever order, no second holds more than the limit, and times only grow (I7)", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  let run = 0;
  const ask = fc.record({
    class: fc.constantFrom(...classes),
    holdsResource: fc.boolean(),
    cut: fc.integer({ min: 0, max: 20 }).map((drawn) => drawn === 0),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.5, 1, 2, 2.5, 7, 20),
      fc.array(ask, { minLength: 5, maxLength: 80 }),
      fc.boolean(),
      async (requestsPerSecond, asks, isAtOnce) => {
        const account = `law-${String((run += 1))}`;
        const key = `${prefix}:qps:{${account}}`;
        const limit = Math.max(1, Math.floor(requestsPerSecond));
        const leftUs: number[] = [];
        const take = async ({ cut, ...order }: (typeof asks)[number]): Promise<void> => {
          if (cut) await store.cutRequests(account);
          const grant = await store.takeRequest(account, { ...order, requestsPerSecond });
          if (grant.kind === "refused") expect(grant.retryInMs).toBeGreaterThan(0);
          else if (!isAtOnce) leftUs.push(Number(await redis.lindex(key, 0)));
        };
        if (isAtOnce) await Promise.all(asks.map(take));
        else for (const one of asks) await take(one);
        const times = isAtOnce ? (await redis.lrange(key, 0, -1)).map(Number).reverse() : leftUs;
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const spanUs = 1_000_000 / Math.min(1, requestsPerSecond);
        expect(times.filter((atUs, i) => atUs - (times[i - limit] ?? -Infinity) < spanUs)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test.each(limits)(
  "a start never waits for more than what has left already and what later classes may book: at %i per second",
  async (limit) => {
    const { store } = await openStoreFixture();
    // The window that has left, and what the class may book ahead; below five per second each place is a big part of that.
    const bounds = { poll: 1, "restart-check": 1.15, stop: 1.3, confirm: 1.45 } as const;
    for (const filler of ["poll", "restart-check", "stop", "confirm"] as const) {
      const account = `by-${filler}`;
      await fill(store, account, { class: filler, requestsPerSecond: limit });
      const waitMs = waitOf(await store.takeRequest(account, { class: "start", requestsPerSecond: limit }));
      const placeMs = windowMs / limit;
      expect(waitMs, filler).toBeLessThanOrEqual(bounds[filler] * windowMs + placeMs + 1);
    }
  },
);

test.each([5, 10, 50])("polls alone leave a start its place at once: at %i per second", async (limit) => {
  const { store } = await openStoreFixture();
  await fill(store, "account", { class: "poll", requestsPerSecond: limit });
  expect(await store.takeRequest("account", { class: "start", requestsPerSecond: limit })).toEqual({
    kind: "granted",
    waitMs: 0,
  });
});

test("a class that may book ahead goes on where a later one is sent away: start, confirm, stop, restart-check, poll", async () => {
  const { store } = await openStoreFixture();
  const take = (one: RequestClass) => store.takeRequest("account", { class: one, requestsPerSecond: 20 });
  for (const one of classes) await take(one);
  for (const one of [...classes].reverse()) {
    await fill(store, "account", { class: one, requestsPerSecond: 20 });
    for (const later of classes.slice(classes.indexOf(one) + 1)) {
      // The first may be the place that it is owed.
      await take(later);
      expect((await take(later)).kind).toBe("refused");
    }
  }
  const held = await store.takeRequest("account", { class: "start", requestsPerSecond: 20, holdsResource: true });
  expect(waitOf(held)).toBeLessThanOrEqual(2 * windowMs);
});

test.each(classes.slice(1))("no storm of starts starves %s: it gets its share of all requests", async (late) => {
  const fixture = await openStoreFixture();
  const forMs = 4_000;
  const sent = await storm(fixture, { classes: ["start", late], requestsPerSecond: 50, forMs });
  const times = sent.filter((one) => one.class === late).map(({ atUs }) => atUs);
  const share = late === "start" ? 50 : owed[late];
  // One in 100 ÷ share of all places, and the window that a burst at the beginning has used up.
  const everyUs = windowMs * 1_000 * (1 + 100 / (share * 50)) + 50_000;
  const gapsUs = times.slice(1).map((atUs, i) => atUs - (times[i] ?? 0));
  expect(Math.max(0, ...gapsUs)).toBeLessThanOrEqual(everyUs);
  expect((times.at(-1) ?? 0) - (sent[0]?.atUs ?? 0)).toBeGreaterThanOrEqual(forMs * 1_000 - everyUs);
});

test.each(classes)("whatever fills the account, %s finds a place, even at one request per second", async (late) => {
  const { store } = await openStoreFixture();
  for (const one of classes) if (one !== late) await fill(store, "account", { class: one, requestsPerSecond: 1 });
  const grant = await store.takeRequest("account", { class: late, requestsPerSecond: 1, holdsResource: true });
  // Two windows may be booked ahead, and each other class may be owed a place.
  expect(waitOf(grant)).toBeLessThanOrEqual(6 * windowMs);
});

test.each(classes)("a quiet account gives its second to %s at once: only polls leave a fifth", async (one) => {
  const { store } = await openStoreFixture();
  const take = () => store.takeRequest("account", { class: one, requestsPerSecond: 10 });
  const grants = [];
  for (let i = 0; i < 10; i += 1) grants.push(await take());
  const free = one === "poll" ? 8 : 10;
  expect(grants.slice(0, free)).toEqual(Array.from({ length: free }, () => ({ kind: "granted", waitMs: 0 })));
  const next = await take();
  if (one === "poll") expect(next.kind).toBe("refused");
  else expect(next.kind === "granted" ? next.waitMs : Infinity).toBeGreaterThan(500);
  expect(await store.takeRequest("another", { class: one, requestsPerSecond: 10 })).toEqual({
    kind: "granted",
    waitMs: 0,
  });
});

test("a refusal takes nothing", async () => {
  const { store, redis, prefix } = await openStoreFixture();
  await fill(store, "account", { class: "confirm", requestsPerSecond: 2 });
  const before = await redis.lrange(`${prefix}:qps:{account}`, 0, -1);
  expect(await store.takeRequest("account", { class: "poll", requestsPerSecond: 2 })).toMatchObject({
    kind: "granted",
  });
  await redis.ltrim(`${prefix}:qps:{account}`, 1, -1);
  await fill(store, "account", { class: "stop", requestsPerSecond: 2 });
  const filled = await redis.lrange(`${prefix}:qps:{account}`, 0, -1);
  expect((await store.takeRequest("account", { class: "stop", requestsPerSecond: 2 })).kind).toBe("refused");
  expect(await redis.lrange(`${prefix}:qps:{account}`, 0, -1)).toEqual(filled);
  expect(filled.length).toBe(before.length);
});

test.each([2, 10, 50])(
  "those who are sent away come back one after the other, a place apart: at %i per second",
  async (requestsPerSecond) => {
    const { store } = await openStoreFixture();
    const order = { class: "start", requestsPerSecond } as const;
    await fill(store, "account", order);
    const startedAtMs = await store.nowMs();
    const backAtMs: number[] = [];
    const count = Math.min(40, requestsPerSecond * 6);
    for (let i = 0; i < count; i += 1) {
      const grant = await store.takeRequest("account", order);
      if (grant.kind !== "refused") continue;
      backAtMs.push((await store.nowMs()) - startedAtMs + grant.retryInMs);
    }
    const placeMs = windowMs / requestsPerSecond;
    const tooClose = backAtMs.slice(1).filter((atMs, i) => atMs - (backAtMs[i] ?? 0) < placeMs / 2 - 5);
    expect(tooClose).toEqual([]);
    expect(Math.max(...backAtMs)).toBeLessThan(20_000);
  },
);

test("who can wait is sent away for longer: so polls stretch", async () => {
  const { store } = await openStoreFixture();
  const poll = { class: "poll", requestsPerSecond: 10, awayMsMin: 6_000 } as const;
  await fill(store, "account", poll);
  const grant = await store.takeRequest("account", poll);
  expect(grant.kind === "refused" && grant.retryInMs).toBeGreaterThanOrEqual(6_000);
});

test("429 halves the budget once per burst, and it grows back step by step", async () => {
  const { store } = await openStoreFixture({ quotaRecoverMs: 150 });
  const percents = await Promise.all([1, 2, 3].map(() => store.cutRequests("account")));
  expect(percents).toEqual([50, 50, 50]);
  const limitNow = async () =>
    (await store.readQuota("account", { requestsPerSecond: 20, workers: 1 })).requestsPerSecond;
  const seen = new Set<number>();
  await vi.waitFor(
    async () => {
      seen.add(await limitNow());
      expect(await limitNow()).toBe(20);
    },
    { interval: 20, timeout: 10_000 },
  );
  expect(seen.size).toBeGreaterThan(3);
});

test("after a 429 half as many leave, even below one per second", async () => {
  const { store } = await openStoreFixture();
  await store.cutRequests("wide");
  const wide: number[] = [];
  for (let i = 0; i < 6; i += 1)
    wide.push(waitOf(await store.takeRequest("wide", { class: "start", requestsPerSecond: 10 })));
  expect(wide.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  expect(wide[5]).toBeGreaterThan(500);
  await store.cutRequests("narrow");
  await store.takeRequest("narrow", { class: "start", requestsPerSecond: 1 });
  expect(waitOf(await store.takeRequest("narrow", { class: "start", requestsPerSecond: 1 }))).toBeGreaterThan(1_500);
});

test("a limit below one is a request every so many seconds", async () => {
  const { store } = await openStoreFixture();
  const take = () => store.takeRequest("account", { class: "start", requestsPerSecond: 0.5 });
  expect(await take()).toEqual({ kind: "granted", waitMs: 0 });
  expect(waitOf(await take())).toBeGreaterThan(1_500);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  "a limit of %d is the caller's mistake",
  async (requestsPerSecond) => {
    const { store } = await openStoreFixture();
    await expect(store.takeRequest("account", { class: "start", requestsPerSecond })).rejects.toThrow(
      /must be a number > 0/,
    );
  },
);

import type { PresenceEvent } from "@autorec/session-store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joined, left, openStoreFixture } from "../support/session-store.ts";

const uids = [7, 8, 4_000_000_002];

/** A history: per uid one event for each clientSeq, as a sender would have made them. */
const history = fc
  .array(fc.record({ uid: fc.constantFrom(...uids), step: fc.constantFrom("joined", "left", "left-5", "role") }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((steps) => steps.map(({ uid, step }, i) => eventOf(uid, i + 1, step)));

function eventOf(uid: number, seq: number, step: "joined" | "left" | "left-5" | "role"): PresenceEvent {
  const over = { bot: uid >= 4_000_000_000, reserved: uid >= 4_000_000_000, recorderClient: false, atMs: 1_000 + seq };
  switch (step) {
    case "joined":
      return joined(uid, seq, over);
    case "left":
      return left(uid, seq, over);
    case "left-5":
      return left(uid, seq, { ...over, reason: 5 });
    case "role":
      return joined(uid, seq, { ...over, kind: "role-changed", role: seq % 2 === 0 ? "host" : "audience" });
  }
}

/** What must be true afterwards, computed from the set alone. */
function truth(events: readonly PresenceEvent[]) {
  const last = new Map<number, Exclude<PresenceEvent, { kind: "look" }>>();
  for (const event of events) {
    if (event.kind === "look" || event.reason === 5) continue;
    const known = last.get(event.uid);
    if (known === undefined || BigInt(event.clientSeq) > BigInt(known.clientSeq)) last.set(event.uid, event);
  }
  const online = [...last.values()].filter((event) => event.kind !== "left" && !event.bot);
  return { count: online.length, hosts: online.filter((event) => event.role === "host").length };
}

/** The same events in another order, each at least once, in batches of any size. */
const delivery = history.chain((events) =>
  fc
    .tuple(
      fc.array(fc.nat(events.length - 1), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 10 }),
    )
    .chain(([copies, sizes]) =>
      fc
        .shuffledSubarray([...events.keys(), ...copies.map((copy) => copy + events.length)], {
          minLength: events.length + copies.length,
        })
        .map((order) => ({
          events,
          sizes,
          delivered: order.flatMap((i) => events[i < events.length ? i : i - events.length] ?? []),
        })),
    ),
);

test("any order, any copies and any batches of the same presence events end in the same presence, the one that the set says", async () => {
  const { store, redis, key } = await openStoreFixture();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(delivery, async ({ events, sizes, delivered }) => {
      const [inOrder, shuffled] = [`order-${++run}`, `shuffled-${run}`].map((channelName) => ({
        appId: "app1",
        channelName,
      }));
      if (inOrder === undefined || shuffled === undefined) return;
      for (const event of events) await store.applyPresence(inOrder, { events: [event] });
      const rest = [...delivered];
      for (let batch = 0; rest.length > 0; batch++)
        await store.applyPresence(shuffled, { events: rest.splice(0, sizes[batch] ?? 3) });

      const [one, two] = await Promise.all(
        [inOrder, shuffled].map(async (ref) => (await store.readChannel(ref))?.view),
      );
      const { count = 0, hosts = 0 } = one?.presence ?? {};
      expect({ count, hosts }).toEqual(truth(events));
      expect({ count: two?.presence.count ?? 0, hosts: two?.presence.hosts ?? 0 }).toEqual({ count, hosts });
      expect(two?.presence.newestJoinAtMs).toBe(one?.presence.newestJoinAtMs);
      expect(two?.reservedUids).toEqual(one?.reservedUids);
      const entries = await Promise.all([inOrder, shuffled].map((ref) => redis.hgetall(key("pr", ref))));
      const withoutAppliedAt = entries.map((hash) =>
        Object.fromEntries(Object.entries(hash).map(([uid, entry]) => [uid, entry.replace(/ \d+$/, "")])),
      );
      expect(withoutAppliedAt[1]).toEqual(withoutAppliedAt[0]);
    }),
    { numRuns: 150 },
  );
});

test("a channel is due after a delivery whenever somebody came to or went from an empty channel, however the events were cut", async () => {
  const { store, redis, key } = await openStoreFixture();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(delivery, async ({ delivered }) => {
      const ref = { appId: "app1", channelName: `due-${++run}` };
      const member = `app1:${ref.channelName}`;
      let occupied = false;
      for (const event of delivered) {
        await redis.zadd(key("due"), 9e12, member);
        const result = await store.applyPresence(ref, { events: [event] });
        const isDue = Number(await redis.zscore(key("due"), member)) <= result.nowMs;
        expect(isDue).toBe(result.changed);
        if (result.occupied !== occupied) expect(isDue).toBe(true);
        occupied = result.occupied;
      }
    }),
    { numRuns: 60 },
  );
});

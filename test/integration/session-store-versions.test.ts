import { expect, test } from "vitest";
import {
  attempt,
  claimed,
  commitOn,
  newToken,
  occupiedAndClaimed,
  openStoreFixture,
  recording,
  room,
} from "../support/session-store.ts";

// While processes of two versions run, and after the newer one was taken back.
test("what a newer version has added to a record is kept by the commits of this one", async () => {
  const { store, redis, key } = await openStoreFixture();
  const first = newToken();
  const channel = await occupiedAndClaimed(store, { token: first });
  const after = recording(channel.view.record, attempt(1));
  await commitOn(store, channel, { token: first, after, dueAtMs: 1, release: true });
  for (const field of ["attempts.1", "slots.primary", "want"]) {
    const text = (await redis.hget(key("ch", room), field)) ?? "";
    await redis.hset(key("ch", room), field, text.replace(/}$/, ',"newField":"kept"}'));
  }

  const token = newToken();
  const again = await claimed(store, { token });
  const { record } = again.view;
  const [found] = Object.values(record.attempts);
  if (found === undefined) throw new Error("the attempt is there");
  const changed = { ...record, attempts: { 1: { ...found, tries: 3 } }, want: { ...record.want, cause: "changed" } };
  await commitOn(store, again, { token, after: changed, dueAtMs: 1, release: true });
  const fields = await redis.hmget(key("ch", room), "attempts.1", "want", "slots.primary");
  expect(fields.map((text): unknown => JSON.parse(text ?? "{}"))).toMatchObject([
    { tries: 3, newField: "kept" },
    { cause: "changed", newField: "kept" },
    { newField: "kept" },
  ]);
});

import { expect, test } from "vitest";
import { meanwhile } from "./meanwhile.ts";

test("what nobody waits for runs after what was written later in the same turn has left, in the order of the asking", async () => {
  const order: string[] = [];
  meanwhile(() => order.push("body built"));
  meanwhile(() => order.push("people told"));
  // As the store sends the commands of a turn.
  setImmediate(() => order.push("commands sent"));
  await new Promise<void>((resolve) => {
    meanwhile(resolve);
  });
  expect(order).toEqual(["commands sent", "body built", "people told"]);
});

import { expect, test } from "vitest";
import type { Deployment } from "./session.ts";
import { tellIfUncopied } from "./tell-if-uncopied.ts";

type Confirm = Deployment["store"]["confirmReplicated"];

async function toldAfter(confirmReplicated: Confirm): Promise<readonly string[]> {
  const told: string[] = [];
  await tellIfUncopied({ deployment: { store: { confirmReplicated } }, terminal: { err: (text) => told.push(text) } });
  return told;
}

test("an order that a replica has, or that none could have, needs no words", async () => {
  let asks = 0;
  const slow: Confirm = () => Promise.resolve((asks += 1) < 3 ? "unconfirmed" : "confirmed");
  expect(await toldAfter(slow)).toEqual([]);
  expect(await toldAfter(() => Promise.resolve("no_replica"))).toEqual([]);
});

test("an order that no replica has taken, or of which nobody can tell, is done and may have to be given again", async () => {
  const told = [/no replica of Redis has it yet.*order it again/, /did not say whether.*order it again/];
  expect(await toldAfter(() => Promise.resolve("unconfirmed"))).toEqual([expect.stringMatching(told[0] ?? "")]);
  expect(await toldAfter(() => Promise.reject(new Error("away")))).toEqual([expect.stringMatching(told[1] ?? "")]);
});

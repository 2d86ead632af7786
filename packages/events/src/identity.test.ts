import { expect, test } from "vitest";
import { isBotClientType, isReservedUid } from "./identity.ts";

test("the reserved range is 4 000 000 000 to 4 294 967 293, both included", () => {
  expect([3_999_999_999, 4_000_000_000, 4_294_967_293, 4_294_967_294].map((uid) => isReservedUid(uid))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("recorders are bots; a mini-program, an unknown kind and a missing kind are people", () => {
  expect([3, 10].map((type) => isBotClientType(type))).toEqual([true, true]);
  expect([8, 60, undefined].map((type) => isBotClientType(type))).toEqual([false, false, false]);
});

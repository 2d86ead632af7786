import type { ChannelEvent } from "@autorec/events";
import { expect, test } from "vitest";
import { isOldJoin } from "./replay-gate.ts";
import { testNowMs, testRecord } from "./test-records.ts";

function isOld(
  ages: { readonly record: number; readonly event: number },
  kind: "joined" | "left" | "role-changed" = "joined",
): boolean {
  const common = {
    appId: "app",
    channelName: "room",
    uid: 1,
    clientSeq: "1",
    role: "host",
    atMs: testNowMs - ages.event,
  } as const;
  const event: ChannelEvent = kind === "left" ? { kind, reason: 1, ...common } : { kind, ...common };
  return isOldJoin(event, testRecord({}, { timestampMs: testNowMs - ages.record }), testNowMs);
}

test("a join of days ago is old, by the record's time or by the sender's", () => {
  expect(isOld({ record: 86_400_000, event: 86_400_000 })).toBe(true);
  expect(isOld({ record: 86_400_000, event: 0 })).toBe(true);
  expect(isOld({ record: 0, event: 86_400_000 })).toBe(true);
});

test("600 s by the broker and 900 s by the sender, whose clock may differ by 300 s, are the limits", () => {
  expect(isOld({ record: 600_000, event: 900_000 })).toBe(false);
  expect(isOld({ record: 600_001, event: 0 })).toBe(true);
  expect(isOld({ record: 0, event: 900_001 })).toBe(true);
});

test("a role that changed days ago says as little about now; a leave of days ago needs no gate", () => {
  expect(isOld({ record: 86_400_000, event: 86_400_000 }, "role-changed")).toBe(true);
  expect(isOld({ record: 86_400_000, event: 86_400_000 }, "left")).toBe(false);
});

import { expect, test } from "vitest";
import { inRequests, toDeadLetter } from "./dead-letter.ts";
import type { InputRecord } from "./input-record.ts";
import { testNowMs, testRecord } from "./test-records.ts";

function dead(more: Partial<InputRecord> = {}, message = "uid: expected …") {
  return {
    record: testRecord({}, { partition: 3, offset: "17", ...more }),
    source: "autorec",
    code: "REC_EVENT_UID",
    message,
  } as const;
}

test("a letter carries the original key, bytes and headers, and its cause in headers", () => {
  const letter = toDeadLetter(dead({ headers: { "app-id": Buffer.from("app"), list: ["a", Buffer.from("b")] } }));
  expect(letter.key).toEqual(Buffer.from("room"));
  expect(letter.value).toEqual(testRecord({}).value);
  expect(letter.headers).toEqual({
    "app-id": Buffer.from("app"),
    list: [Buffer.from("a"), Buffer.from("b")],
    "x-error-code": "REC_EVENT_UID",
    "x-error-message": "uid: expected …",
    "x-topic": "rtc.channel-events",
    "x-partition": "3",
    "x-offset": "17",
    "x-timestamp": String(testNowMs - 500),
  });
});

test("a full-size body is cut to 900 000 bytes and says what it was", () => {
  const letter = toDeadLetter(dead({ value: Buffer.alloc(1_048_450, "x") }));
  expect(letter.value).toHaveLength(900_000);
  expect(letter.headers["x-truncated-from"]).toBe("1048450");
});

test("original headers beyond 16 KiB are left out, the cause stays", () => {
  const letter = toDeadLetter(dead({ headers: { big: Buffer.alloc(16_384), small: "1" } }));
  expect(Object.keys(letter.headers)).not.toContain("big");
  expect(letter.headers["x-error-code"]).toBe("REC_EVENT_UID");
});

test("original headers cannot pretend to be the cause", () => {
  expect(toDeadLetter(dead({ headers: { "x-error-code": "FINE" } })).headers["x-error-code"]).toBe("REC_EVENT_UID");
});

test("a record without key and value stays one, a message is at most 500 characters, a giant key is cut", () => {
  const letter = toDeadLetter(dead({ key: undefined, value: undefined }, "m".repeat(9_000)));
  expect([letter.key, letter.value]).toEqual([undefined, undefined]);
  expect(letter.headers["x-error-message"]).toHaveLength(500);
  expect(toDeadLetter(dead({ key: Buffer.alloc(500_000) })).key).toHaveLength(16_384);
});

test("letters share a request only while it stays below the broker's limit for a batch", () => {
  const large = dead({ value: Buffer.alloc(500_000) });
  const small = dead({ value: Buffer.alloc(10) });
  expect(inRequests([small, small, large, large, small]).map((request) => request.length)).toEqual([3, 2]);
  expect(inRequests([])).toEqual([]);
});

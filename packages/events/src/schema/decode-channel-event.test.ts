import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeadLetterCode, DecodedRecord, IgnoredCause } from "../channel-event.ts";
import { deadLetterCodes } from "../channel-event.ts";
import type { RecordToDecode } from "./decode-channel-event.ts";
import { decodeChannelEvent, eventBytesMax } from "./decode-channel-event.ts";

const nowMs = 1_800_000_000_000;
const nowS = nowMs / 1_000;
const apps = new Set(["app-one", "app-two"]);
const day = 86_400_000;

const own = {
  schemaVersion: 1,
  type: "participant.joined",
  appId: "app-one",
  channelName: "room-42",
  uid: 7,
  clientSeq: 1_799_999_999_000,
  atMs: nowMs - 1_000,
};

const person = { channelName: "room-42", uid: 7, platform: 1, clientSeq: 1_799_999_999_000, ts: nowS - 1, account: "" };

function agora(eventType: unknown, payload: object = person, more: object = {}) {
  return { noticeId: "n1", productId: 1, eventType, notifyMs: nowMs, payload, ...more };
}

function decode(body: unknown, more: Partial<RecordToDecode> = {}): DecodedRecord {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return decodeChannelEvent({
    value: Buffer.from(text),
    headers: { "app-id": Buffer.from("app-one") },
    offset: "41",
    receivedAtMs: nowMs - 500,
    nowMs,
    apps,
    ...more,
  });
}

function eventOf(decoded: DecodedRecord) {
  expect(decoded).toMatchObject({ kind: "event" });
  return decoded.kind === "event" ? decoded.event : undefined;
}

function codeOf(decoded: DecodedRecord): DeadLetterCode | undefined {
  expect(decoded).toMatchObject({ kind: "dead" });
  return decoded.kind === "dead" ? decoded.code : undefined;
}

describe("our own event", () => {
  test("a join without role is a host's, with every digit of its clientSeq", () => {
    expect(decode(own)).toEqual({
      source: "autorec",
      kind: "event",
      event: {
        kind: "joined",
        appId: "app-one",
        channelName: "room-42",
        uid: 7,
        clientSeq: "1799999999000",
        atMs: nowMs - 1_000,
        role: "host",
      },
    });
  });

  test("a leave without reason has reason 0", () => {
    const event = eventOf(decode({ ...own, type: "participant.left", role: "audience", clientType: 10 }));
    expect(event).toMatchObject({ kind: "left", reason: 0, role: "audience", clientType: 10 });
  });

  test.each([
    ["a number beyond 2^53", '"clientSeq":9007199254740993', "9007199254740993"],
    ["the greatest uint64 as a number", '"clientSeq": 18446744073709551615', "18446744073709551615"],
    ["the greatest uint64 as a string", '"clientSeq":"18446744073709551615"', "18446744073709551615"],
    ["a string with leading zeros", '"clientSeq":"000123"', "123"],
    ["zero", '"clientSeq":0', "0"],
  ])("clientSeq as %s keeps its value", (_name, field, expected) => {
    const body = JSON.stringify(own).replace(/"clientSeq":\d+/, field);
    expect(eventOf(decode(body))).toMatchObject({ clientSeq: expected });
  });

  test("uid 7 may be written as a string", () => {
    expect(eventOf(decode({ ...own, uid: "7" }))).toMatchObject({ uid: 7 });
  });

  test("the greatest uid and a name of 64 bytes are accepted", () => {
    const channelName = "x".repeat(64);
    expect(eventOf(decode({ ...own, uid: 4_294_967_295, channelName }))).toMatchObject({
      uid: 4_294_967_295,
      channelName,
    });
  });

  test("every character of Agora's list is accepted", () => {
    const channelName = "azAZ09 !#$%&()+-:;<=.>?@[]^_{}|~,";
    expect(eventOf(decode({ ...own, channelName }))).toMatchObject({ channelName });
  });

  test("an event of days ago is decoded; its age is the consumer's business", () => {
    expect(eventOf(decode({ ...own, atMs: nowMs - 3 * day, clientSeq: nowMs - 3 * day }))).toMatchObject({
      kind: "joined",
    });
  });

  test("300 s ahead is still a clock difference", () => {
    expect(eventOf(decode({ ...own, atMs: nowMs + 300_000, clientSeq: nowMs + 300_000 }))).toMatchObject({
      kind: "joined",
    });
  });

  test("a string account is recorded with a warning", () => {
    expect(decode({ ...own, account: "alice" })).toMatchObject({ kind: "event", warning: "string_account" });
    expect(decode({ ...own, account: "" })).not.toHaveProperty("warning");
  });

  const refused: readonly (readonly [string, unknown, DeadLetterCode])[] = [
    ["an unknown appId", { ...own, appId: "app-nine" }, "REC_EVENT_APP_UNKNOWN"],
    ["no appId", { ...own, appId: undefined }, "REC_EVENT_APP_UNKNOWN"],
    ["an empty channel name", { ...own, channelName: "" }, "REC_EVENT_CHANNEL_NAME"],
    ["no channel name", { ...own, channelName: undefined }, "REC_EVENT_CHANNEL_NAME"],
    ["a slash in the channel name", { ...own, channelName: "a/b" }, "REC_EVENT_CHANNEL_NAME"],
    ["an umlaut in the channel name", { ...own, channelName: "zürich" }, "REC_EVENT_CHANNEL_NAME"],
    ["a line end in the channel name", { ...own, channelName: "room\n" }, "REC_EVENT_CHANNEL_NAME"],
    ["a channel name of 65 bytes", { ...own, channelName: "x".repeat(65) }, "REC_EVENT_CHANNEL_NAME"],
    ["a channel name that is a number", { ...own, channelName: 42 }, "REC_EVENT_CHANNEL_NAME"],
    ["uid 0", { ...own, uid: 0 }, "REC_EVENT_UID"],
    ["uid -1", { ...own, uid: -1 }, "REC_EVENT_UID"],
    ["uid 2^32", { ...own, uid: 2 ** 32 }, "REC_EVENT_UID"],
    ['uid "4294967296"', { ...own, uid: "4294967296" }, "REC_EVENT_UID"],
    ["uid 1.5", { ...own, uid: 1.5 }, "REC_EVENT_UID"],
    ['uid "x"', { ...own, uid: "x" }, "REC_EVENT_UID"],
    ['uid "0"', { ...own, uid: "0" }, "REC_EVENT_UID"],
    ["no uid", { ...own, uid: undefined }, "REC_EVENT_UID"],
    ["no clientSeq", { ...own, clientSeq: undefined }, "REC_EVENT_CLIENT_SEQ"],
    ["a negative clientSeq", { ...own, clientSeq: -1 }, "REC_EVENT_CLIENT_SEQ"],
    ["a fractional clientSeq", { ...own, clientSeq: 1.5 }, "REC_EVENT_CLIENT_SEQ"],
    ["a clientSeq of 21 digits", { ...own, clientSeq: "1".repeat(21) }, "REC_EVENT_CLIENT_SEQ"],
    [
      "a clientSeq with an exponent beyond 2^53",
      JSON.stringify(own).replace(/"clientSeq":\d+/, '"clientSeq":1e19'),
      "REC_EVENT_CLIENT_SEQ",
    ],
    ["no atMs", { ...own, atMs: undefined }, "REC_EVENT_TIME"],
    ["atMs as text", { ...own, atMs: "yesterday" }, "REC_EVENT_TIME"],
    ["atMs before 1970", { ...own, atMs: -1 }, "REC_EVENT_TIME"],
    ["atMs 301 s ahead", { ...own, atMs: nowMs + 301_000 }, "REC_EVENT_FROM_FUTURE"],
    ["a clientSeq in ms 301 s ahead", { ...own, clientSeq: nowMs + 301_000 }, "REC_EVENT_FROM_FUTURE"],
    ["schemaVersion 2", { ...own, schemaVersion: 2, uid: "other" }, "REC_EVENT_SCHEMA_VERSION"],
    ['schemaVersion "1"', { ...own, schemaVersion: "1" }, "REC_EVENT_SCHEMA_VERSION"],
    ["a type nobody knows", { ...own, type: "participant.slept" }, "REC_EVENT_UNKNOWN_SHAPE"],
    ["a field nobody knows", { ...own, colour: "red" }, "REC_EVENT_UNKNOWN_SHAPE"],
  ];
  test.each(refused)("%s is a dead letter", (_name, body, code) => {
    expect(codeOf(decode(body))).toBe(code);
  });

  test("a clientSeq that is no time is not compared with the clock", () => {
    expect(eventOf(decode({ ...own, clientSeq: "16250510358369" }))).toMatchObject({ clientSeq: "16250510358369" });
  });
});

describe("Agora's notification", () => {
  test.each([
    [101, "channel-created", undefined],
    [102, "channel-destroyed", undefined],
    [103, "joined", "host"],
    [104, "left", "host"],
    [105, "joined", "audience"],
    [106, "left", "audience"],
    [107, "joined", "host"],
    [108, "left", "host"],
    [111, "role-changed", "host"],
    [112, "role-changed", "audience"],
  ])("event %i means %s", (eventType, kind, role) => {
    const event = eventOf(decode(agora(eventType)));
    expect(event).toMatchObject({ kind, appId: "app-one", channelName: "room-42", atMs: nowMs - 1_000 });
    expect(event && "role" in event ? event.role : undefined).toBe(role);
  });

  test("a leave keeps its reason, and an odd reason becomes 0", () => {
    expect(eventOf(decode(agora(104, { ...person, reason: 5, duration: 3 })))).toMatchObject({ reason: 5 });
    expect(eventOf(decode(agora(104, { ...person, reason: "left" })))).toMatchObject({ reason: 0 });
  });

  test("unknown fields and odd fields that decide nothing pass", () => {
    const event = eventOf(decode(agora(103, { ...person, clientType: "ten", mood: { x: [1] } }, { sid: 4 })));
    expect(event).toMatchObject({ kind: "joined", uid: 7 });
    expect(event).not.toHaveProperty("clientType");
  });

  test("a recorder's clientType is kept", () => {
    expect(eventOf(decode(agora(103, { ...person, platform: 6, clientType: 10 })))).toMatchObject({ clientType: 10 });
  });

  test("it belongs to the app of its header, else to the only app, else to nobody", () => {
    expect(eventOf(decode(agora(103), { headers: { "app-id": "app-two" }, onlyAppId: "app-one" }))).toMatchObject({
      appId: "app-two",
    });
    expect(eventOf(decode(agora(103), { headers: { "app-id": ["app-two"] } }))).toMatchObject({ appId: "app-two" });
    expect(eventOf(decode(agora(103), { headers: {}, onlyAppId: "app-one" }))).toMatchObject({ appId: "app-one" });
    expect(codeOf(decode(agora(103), { headers: {} }))).toBe("REC_EVENT_APP_UNKNOWN");
    expect(codeOf(decode(agora(103), { headers: { "app-id": "app-nine" } }))).toBe("REC_EVENT_APP_UNKNOWN");
  });

  test("without ts the record's own time stands in", () => {
    expect(eventOf(decode(agora(103, { ...person, ts: undefined })))).toMatchObject({ atMs: nowMs - 500 });
  });

  test("without clientSeq it is ordered by ts and, within a second, by offset", () => {
    const first = eventOf(decode(agora(103, { ...person, clientSeq: undefined }), { offset: "7041" }));
    const second = eventOf(decode(agora(104, { ...person, clientSeq: undefined }), { offset: "7042" }));
    expect(first).toMatchObject({ clientSeq: String(nowMs - 1_000 + 41) });
    expect(second).toMatchObject({ clientSeq: String(nowMs - 1_000 + 42) });
  });

  const refused: readonly (readonly [string, unknown, DeadLetterCode])[] = [
    ["uid 0", agora(103, { ...person, uid: 0 }), "REC_EVENT_UID"],
    ["a missing uid", agora(107, { ...person, uid: undefined }), "REC_EVENT_UID"],
    ["a name of 65 bytes", agora(102, { channelName: "x".repeat(65), ts: nowS }), "REC_EVENT_CHANNEL_NAME"],
    ["neither clientSeq nor ts", agora(103, { channelName: "r", uid: 7 }), "REC_EVENT_CLIENT_SEQ"],
    ["ts as text", agora(103, { ...person, ts: "soon" }), "REC_EVENT_TIME"],
    ["ts 301 s ahead", agora(103, { ...person, ts: nowS + 301 }), "REC_EVENT_FROM_FUTURE"],
    ["ts in milliseconds", agora(102, { ...person, ts: nowMs }), "REC_EVENT_FROM_FUTURE"],
    ["a clientSeq in ms 301 s ahead", agora(105, { ...person, clientSeq: nowMs + 301_000 }), "REC_EVENT_FROM_FUTURE"],
    ["no payload", { productId: 1, eventType: 103 }, "REC_EVENT_UNKNOWN_SHAPE"],
    ["an eventType that is text", agora("103"), "REC_EVENT_UNKNOWN_SHAPE"],
  ];
  test.each(refused)("%s is a dead letter", (_name, body, code) => {
    expect(codeOf(decode(body))).toBe(code);
  });

  const ignored: readonly (readonly [string, unknown, IgnoredCause])[] = [
    ["a health check", agora(103, { ...person, channelName: "test_webhook", uid: 12_121_212 }), "health_check"],
    ["a health check of a channel event", agora(101, { channelName: "test_webhook", ts: nowS }), "health_check"],
    ["a recording event", { ...agora(40), productId: 3 }, "other_product"],
    ["a media push event", { ...agora(1), productId: 5 }, "other_product"],
    ["an event type of the future", agora(113), "other_event_type"],
  ];
  test.each(ignored)("%s is ignored", (_name, body, cause) => {
    expect(decode(body)).toMatchObject({ kind: "ignored", cause });
    const withoutApp = decode(body, { headers: {} });
    expect(withoutApp).toMatchObject({ kind: "ignored", cause });
  });
});

describe("bytes that are no event", () => {
  const refused: readonly (readonly [string, Uint8Array | undefined, DeadLetterCode])[] = [
    ["no value", undefined, "REC_EVENT_EMPTY"],
    ["an empty value", Buffer.alloc(0), "REC_EVENT_EMPTY"],
    ["broken JSON", Buffer.from('{"schemaVersion":1,'), "REC_EVENT_NOT_JSON"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x80]), "REC_EVENT_NOT_JSON"],
    ["an array", Buffer.from("[1]"), "REC_EVENT_UNKNOWN_SHAPE"],
    ["null", Buffer.from("null"), "REC_EVENT_UNKNOWN_SHAPE"],
    ["a number", Buffer.from("7"), "REC_EVENT_UNKNOWN_SHAPE"],
    ["an object of neither form", Buffer.from("{}"), "REC_EVENT_UNKNOWN_SHAPE"],
    ["30 000 arrays in one another", Buffer.from("[".repeat(30_000) + "]".repeat(30_000)), "REC_EVENT_UNKNOWN_SHAPE"],
    ["1 000 000 bytes", Buffer.alloc(1_000_000, "x"), "REC_EVENT_TOO_LARGE"],
    ["1 048 450 bytes", Buffer.alloc(1_048_450, "x"), "REC_EVENT_TOO_LARGE"],
    [
      "a good event padded to 1 000 000 bytes",
      Buffer.from(JSON.stringify(own).padEnd(1_000_000)),
      "REC_EVENT_TOO_LARGE",
    ],
  ];
  test.each(refused)("%s is a dead letter", (_name, value, code) => {
    const decoded = decode("", { value });
    expect(codeOf(decoded)).toBe(code);
    expect(decoded.kind === "dead" && decoded.message.length <= 500).toBe(true);
  });

  test("an event padded with blanks to the limit is still read", () => {
    expect(eventOf(decode(JSON.stringify(own).padEnd(eventBytesMax)))).toMatchObject({ kind: "joined" });
  });

  test("deep nesting inside an otherwise good notification does not hurt", () => {
    const deep = "[".repeat(15_000) + "]".repeat(15_000);
    const body = JSON.stringify(agora(103, { ...person, extra: "@" })).replace('"@"', deep);
    expect(eventOf(decode(body))).toMatchObject({ kind: "joined" });
    const long = body.replace(/"clientSeq":\d+/, '"clientSeq":18446744073709551615');
    expect(codeOf(decode(long))).toBe("REC_EVENT_NOT_JSON");
  });

  test("a message quotes at most 80 characters of a value and nothing else of the body", () => {
    const decoded = decode({ ...own, account: "do-not-show", uid: "y".repeat(5_000) });
    expect(decoded).toMatchObject({ kind: "dead", code: "REC_EVENT_UID" });
    const message = decoded.kind === "dead" ? decoded.message : "";
    expect(message).toContain("expected an integer from 1 to 4294967295");
    expect(message.length).toBeLessThan(200);
    expect(message).not.toContain("do-not-show");
  });
});

test("decoding is total: any bytes and any JSON give exactly one answer", () => {
  const fields = fc.record(
    {
      schemaVersion: fc.oneof(fc.constant(1), fc.jsonValue()),
      productId: fc.oneof(fc.constant(1), fc.jsonValue()),
      eventType: fc.oneof(fc.constantFrom(101, 103, 104, 111), fc.jsonValue()),
      type: fc.oneof(fc.constantFrom("participant.joined", "participant.left"), fc.jsonValue()),
      appId: fc.oneof(fc.constant("app-one"), fc.jsonValue()),
      channelName: fc.oneof(fc.constant("r"), fc.jsonValue()),
      uid: fc.oneof(fc.nat(), fc.jsonValue()),
      clientSeq: fc.oneof(fc.nat(), fc.jsonValue()),
      atMs: fc.oneof(fc.constant(nowMs), fc.jsonValue()),
      payload: fc.oneof(fc.constant(person), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fields.map((body) => Buffer.from(JSON.stringify(body))),
  );
  fc.assert(
    fc.property(value, (bytes) => {
      const decoded = decode("", { value: bytes });
      expect(["event", "ignored", "dead"]).toContain(decoded.kind);
      if (decoded.kind !== "dead") return;
      expect(deadLetterCodes).toContain(decoded.code);
      expect(decoded.message.length).toBeLessThanOrEqual(500);
    }),
    { numRuns: 2_000 },
  );
});

import { expect, test } from "vitest";
import { sortRecords } from "./sort-records.ts";
import { testNowMs, testRecord } from "./test-records.ts";

const options = { apps: { appIds: new Set(["app"]), onlyAppId: "app" }, nowMs: testNowMs };
const oldMs = testNowMs - 86_400_000;

test("events are gathered by channel and keep their order inside it", () => {
  const { groups } = sortRecords(
    [
      testRecord({ channelName: "b", uid: 1, clientSeq: 5 }),
      testRecord({ channelName: "a", uid: 2 }),
      testRecord({ channelName: "b", uid: 1, clientSeq: 6, type: "participant.left", reason: 1 }),
    ],
    options,
  );
  expect(groups.map((group) => group.ref.channelName)).toEqual(["b", "a"]);
  expect(groups[0]?.events).toMatchObject([
    { kind: "joined", clientSeq: "5" },
    { kind: "left", clientSeq: "6", reason: 1 },
  ]);
});

test("copies within a batch are counted once each and applied once", () => {
  const join = testRecord({});
  const { groups, duplicates } = sortRecords([join, join, join], options);
  expect(groups[0]?.events).toHaveLength(1);
  expect(duplicates).toEqual(["autorec", "autorec"]);
});

test("a leave with reason 5 does not swallow the join that has its clientSeq", () => {
  const { groups } = sortRecords([testRecord({ type: "participant.left", reason: 5 }), testRecord({})], options);
  expect(groups[0]?.events).toHaveLength(2);
});

test("one old join holds its channel back and no other", () => {
  const { groups } = sortRecords(
    [
      testRecord({ channelName: "old" }, { timestampMs: oldMs }),
      testRecord({ channelName: "new" }),
      testRecord({ channelName: "left", type: "participant.left" }, { timestampMs: oldMs }),
    ],
    options,
  );
  expect(groups.map(({ ref, hold }) => [ref.channelName, hold])).toEqual([
    ["old", true],
    ["new", false],
    ["left", false],
  ]);
});

test("an old change of role is held back like a join; a fresh one stays a change of role", () => {
  const changed = (timestampMs: number) => {
    const payload = { channelName: "room", uid: 7, clientSeq: 9, ts: timestampMs / 1_000 };
    const value = Buffer.from(JSON.stringify({ productId: 1, eventType: 111, payload }));
    return sortRecords([testRecord({}, { value, timestampMs })], options).groups[0];
  };
  expect(changed(oldMs)).toMatchObject({ hold: true, events: [{ kind: "joined" }] });
  expect(changed(testNowMs - 1_000)).toMatchObject({ hold: false, events: [{ kind: "role-changed" }] });
});

test("recorders are bots, by clientType or by their uid; people are not", () => {
  const { groups } = sortRecords(
    [
      testRecord({ uid: 5, clientType: 10 }),
      testRecord({ uid: 4_000_000_001 }),
      testRecord({ uid: 6, clientType: 8 }),
      testRecord({ uid: 7 }),
    ],
    options,
  );
  expect(groups[0]?.events).toMatchObject([
    { bot: true, reserved: false, recorderClient: true },
    { bot: true, reserved: true, recorderClient: false, untyped: true },
    { bot: false, reserved: false, recorderClient: false },
    { bot: false },
  ]);
});

test("the destruction of a channel is a reason to look, its creation is none", () => {
  const notify = (eventType: number) =>
    testRecord(
      {},
      {
        value: Buffer.from(
          JSON.stringify({ productId: 1, eventType, payload: { channelName: "room", ts: 1_799_999_999 } }),
        ),
      },
    );
  expect(sortRecords([notify(102)], options).groups[0]?.events).toEqual([
    { kind: "look", destroyedAtMs: 1_799_999_999_000 },
  ]);
  expect(sortRecords([notify(101)], options)).toMatchObject({ groups: [], ignored: [{ cause: "channel_created" }] });
});

test("what cannot be read is set aside with its code and stops nothing", () => {
  const { dead, groups, stringAccounts } = sortRecords(
    [testRecord({}, { value: Buffer.from("{") }), testRecord({ uid: 0 }), testRecord({ account: "alice" })],
    options,
  );
  expect(dead.map(({ code }) => code)).toEqual(["REC_EVENT_NOT_JSON", "REC_EVENT_UID"]);
  expect(groups).toHaveLength(1);
  expect(stringAccounts).toEqual([{ appId: "app", channelName: "room" }]);
});

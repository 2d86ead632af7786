import type { InputRecord } from "./input-record.ts";

/** A moment that tests call now, ms. */
export const testNowMs = 1_800_000_000_000;

/** Our own event as a record; `more` replaces what the broker says about it. */
export function testRecord(event: object, more: Partial<InputRecord> = {}): InputRecord {
  const body = {
    schemaVersion: 1,
    type: "participant.joined",
    appId: "app",
    channelName: "room",
    uid: 1,
    clientSeq: 1,
    atMs: testNowMs - 1_000,
    ...event,
  };
  return {
    topic: "rtc.channel-events",
    partition: 0,
    offset: "0",
    timestampMs: testNowMs - 500,
    key: Buffer.from("room"),
    value: Buffer.from(JSON.stringify(body)),
    headers: {},
    ...more,
  };
}

import { describe, expect, test } from "vitest";
import { attemptSnapshotSchema } from "./attempt-snapshot.ts";
import { lifecycleEventSchema } from "./lifecycle-event.ts";

const opened = {
  schemaVersion: 1,
  eventId: "app/room/17/0",
  type: "session.opened",
  atMs: 1,
  appId: "app",
  channelName: "room",
  sessionId: "s",
};

describe("recording.lifecycle", () => {
  test("a message without the fields of an attempt is read", () => {
    expect(lifecycleEventSchema.parse(opened)).toEqual(opened);
  });

  test.each([
    ["an unknown field", { ...opened, mood: 1 }],
    ["an unknown type", { ...opened, type: "session.paused" }],
    ["another schemaVersion", { ...opened, schemaVersion: 2 }],
    ["no eventId", { ...opened, eventId: undefined }],
  ])("%s is refused", (_name, message) => {
    expect(lifecycleEventSchema.safeParse(message).success).toBe(false);
  });
});

describe("recording.snapshots", () => {
  const attempt = {
    n: 1,
    slot: "primary",
    session: "s",
    k: 0,
    uid: 4_000_000_000,
    mode: "mix",
    ruleHash: "h",
    st: "READY",
    resourceId: "r",
    startSends: 1,
  };
  const snapshot = { schemaVersion: 1, rev: "18446744073709551615", attempt };

  test("the stored attempt passes whole", () => {
    expect(attemptSnapshotSchema.parse(snapshot)).toEqual(snapshot);
  });

  test.each([
    ["CLAIMED, which is never published", { ...snapshot, attempt: { ...attempt, st: "CLAIMED" } }],
    ["a rev that lost digits as a number", { ...snapshot, rev: 7 }],
    ["another schemaVersion", { ...snapshot, schemaVersion: 2 }],
  ])("%s is refused", (_name, message) => {
    expect(attemptSnapshotSchema.safeParse(message).success).toBe(false);
  });
});

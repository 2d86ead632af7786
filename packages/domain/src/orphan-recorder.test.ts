import { describe, expect, it } from "vitest";
import type { ChannelView } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  emptyFor,
  look,
  queryInput,
  sidOf,
  statesOf,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";

describe("a recorder of ours that runs although its attempt was closed", () => {
  it("that answers is stopped, and a person is called", () => {
    const attempts = [attemptIn("CLOSED", { n404: 4, stopAckAtMs: t0 - 1 })];
    const decision = tell(viewOf({ attempts, want: wantOff, presence: emptyFor(1_000) }), queryInput("alive"));
    expect(attemptOf(decision)).toMatchObject({ st: "STOPPING", n404: 0 });
    expect(attemptOf(decision).closedAtMs).toBeUndefined();
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
    expect(decision.alarms.map((alarm) => alarm.alarm)).toEqual(["orphan_recorder"]);
  });

  describe("the uid of a closed attempt is in the channel", () => {
    const moved = 1_000_001;
    const over = attemptIn("CLOSED", { knownUids: [attemptIn("CLOSED").uid, moved], closedAtMs: t0 - 60_000 });
    const seen = (uid: number, joinedAtMs: number): ChannelView =>
      viewOf({
        attempts: [over],
        want: wantOff,
        presence: emptyFor(90_000),
        reservedUids: new Map([[uid, { online: true, joinedAtMs }]]),
      });

    it.each([
      ["its first", over.uid],
      ["the one it had after it moved", moved],
    ])("a join after the close calls a person, once however often it is looked at: %s", (_which, uid) => {
      const view = seen(uid, t0 - 59_999);
      const decision = look(view);
      expect(decision.alarms).toEqual([
        { alarm: "orphan_recorder", n: 1, detail: `uid ${uid} joined after attempt 1 was closed` },
      ]);
      expect(statesOf(decision)).toEqual(["CLOSED"]);
      expect(decision.calls).toEqual([]);
      const again = look(after(view, decision, { reservedUids: new Map([[uid, { online: true, joinedAtMs: t0 }]]) }));
      expect(again.alarms).toEqual([]);
      expect(tell(after(view, decision), queryInput("alive")).alarms).toEqual([]);
    });

    it("a join from before it calls nobody: its leave may be on its way, or lost", () => {
      expect(look(seen(over.uid, t0 - 60_000)).alarms).toEqual([]);
      expect(look(viewOf({ attempts: [over], reservedUids: new Map([[over.uid, { online: true }]]) })).alarms).toEqual(
        [],
      );
    });

    it("nor does one with the uid of an attempt that was never started: that is a stranger's", () => {
      const clashed = attemptIn("CLOSED", { startSends: 0, cause: "uid_clash", closedAtMs: t0 - 60_000 });
      const reservedUids = new Map([[clashed.uid, { online: true, joinedAtMs: t0 }]]);
      expect(look(viewOf({ attempts: [clashed], reservedUids })).alarms).toEqual([]);
    });

    it("is said once also of one that answers, is stopped, and answers again", () => {
      const first = tell(viewOf({ attempts: [over] }), queryInput("alive"));
      expect(first.alarms.map(({ alarm }) => alarm)).toEqual(["orphan_recorder"]);
      const closedAgain = attemptIn("CLOSED", { ...attemptOf(first), st: "CLOSED", closedAtMs: t0 });
      expect(tell(viewOf({ attempts: [closedAgain] }), queryInput("alive")).alarms).toEqual([]);
    });
  });
});

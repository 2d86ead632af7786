import { describe, expect, it } from "vitest";
import type { Attempt } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  look,
  queryInput,
  sidOf,
  stopInput,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import { decide } from "./decide.ts";

const spacingMs = 95_000;

function stoppingView(change: Partial<Attempt> = {}): ReturnType<typeof viewOf> {
  return viewOf({ attempts: [attemptIn("STOPPING", change)], want: wantOff, presence: emptyFor(60_000) });
}

describe("stopping", () => {
  it("is over when an accepted stop is followed by a 404", () => {
    const acked = tell(stoppingView(), stopInput("done"));
    expect(attemptOf(acked)).toMatchObject({ st: "STOPPING", stopAckAtMs: t0, dueAtMs: t0 + 30_000 });
    const view = after(stoppingView(), acked);
    const due = decide(view, { kind: "look" }, contextAt(t0 + 30_000));
    expect(due.calls).toEqual([{ call: "query", n: 1, sid: sidOf(1) }]);
    const nowMs = t0 + 30_100;
    const gone = decide(after(view, due), queryInput("notFound", { answeredAtMs: nowMs }), contextAt(nowMs));
    expect(attemptOf(gone)).toMatchObject({ st: "CLOSED", closedAtMs: nowMs, cause: "not_wanted" });
  });

  it("is not over when the stop itself is answered 404 (mutation 5)", () => {
    const decision = tell(stoppingView(), stopInput("notFound"));
    expect(attemptOf(decision)).toMatchObject({ st: "STOPPING", n404: 1, dueAtMs: t0 + spacingMs });
  });

  it("is repeated at once when the recorder still answers after an accepted stop", () => {
    const decision = tell(stoppingView({ stopAckAtMs: t0 - 30_000 }), queryInput("alive"));
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
    expect(attemptOf(decision).stopAckAtMs).toBeUndefined();
  });

  it("is not put off by the 404 of a query that was under way when the stop was decided", () => {
    const decision = tell(stoppingView({ dueAtMs: t0 - 500 }), queryInput("notFound"));
    expect(decision.calls).toEqual([{ call: "stop", n: 1, sid: sidOf(1) }]);
    expect(attemptOf(decision).n404).toBe(1);
  });

  it("is repeated for as long as its answer is unknown, more and more slowly", () => {
    let view = stoppingView();
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const decision = tell(view, stopInput("unknown"));
      waits.push(attemptOf(decision).dueAtMs - t0);
      view = after(view, decision);
    }
    expect(waits).toEqual([3_000, 6_000, 9_000, 30_000, 30_000, 30_000]);
  });

  it("goes on to its end after people came back (mutation 10)", () => {
    const view = viewOf({ attempts: [attemptIn("STOPPING", { dueAtMs: t0 })] });
    expect(look(view).calls).toContainEqual({ call: "stop", n: 1, sid: sidOf(1) });
  });
});

describe("control lost", () => {
  it("is believed the third time within its window, then the recorder is a ghost beside its successor", () => {
    let view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    for (const expected of ["CONF", "CONF", "GHOST"]) {
      const decision = tell(view, queryInput("controlLost"));
      expect(attemptOf(decision).st).toBe(expected);
      view = after(view, decision);
    }
    expect(attemptOf(view.record)).toMatchObject({ controlLost: true, cause: "control_lost" });
    expect(view.record.slots.primary.resp).toBe(2);
  });

  it("forgets errors that are older than the window", () => {
    const old = attemptIn("CONF", { controlErrorsAtMs: [t0 - 300_000, t0 - 300_000] });
    expect(attemptOf(tell(viewOf({ attempts: [old], resp: 1 }), queryInput("controlLost"))).st).toBe("CONF");
  });

  it("ends a stop that nobody can send any more", () => {
    const attempts = [attemptIn("STOPPING", { controlErrorsAtMs: [t0 - 2, t0 - 1] })];
    const view = viewOf({ attempts, want: wantOff, presence: emptyFor(60_000) });
    expect(attemptOf(tell(view, stopInput("controlLost"))).st).toBe("GHOST");
  });
});

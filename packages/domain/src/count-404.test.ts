import { describe, expect, it } from "vitest";
import type { Attempt } from "./channel-record.ts";
import {
  after,
  attemptIn,
  attemptOf,
  contextAt,
  emptyFor,
  queryInput,
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

describe("counting 404s", () => {
  const counted = (change: Partial<Attempt>, sentAtMs: number): Attempt =>
    attemptOf(tell(stoppingView(change), stopInput("notFound", { sentAtMs, answeredAtMs: t0 })));

  it("begins with the first", () => {
    expect(counted({}, t0 - 100)).toMatchObject({ n404: 1, first404AtMs: t0, last404AtMs: t0 });
  });

  it("goes by send time: an answer under way while the spacing ran out proves nothing (mutation 7)", () => {
    const change = { n404: 1, first404AtMs: t0 - spacingMs - 50, last404AtMs: t0 - spacingMs - 50 };
    expect(counted(change, t0 - 51).n404).toBe(1);
    expect(counted(change, t0 - 50)).toMatchObject({ n404: 2, last404AtMs: t0, first404AtMs: t0 - spacingMs - 50 });
  });

  it("does not let an uncounted 404 push the window on (mutation 39)", () => {
    const change = { n404: 1, first404AtMs: t0 - 15_000, last404AtMs: t0 - 15_000 };
    expect(counted(change, t0 - 100)).toMatchObject({ n404: 1, last404AtMs: t0 - 15_000 });
  });

  it("ends an unanswered stop with the fourth, each spaced, not before (mutations 5, 6, 8)", () => {
    let view = stoppingView();
    const states: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const nowMs = t0 + i * spacingMs;
      const sent = { sentAtMs: nowMs, answeredAtMs: nowMs };
      const decision = decide(view, stopInput("notFound", sent), contextAt(nowMs));
      states.push(attemptOf(decision).st);
      if (i < 3) expect(decision.dueAtMs).toBe(nowMs + spacingMs);
      view = after(view, decision);
    }
    expect(states).toEqual(["STOPPING", "STOPPING", "STOPPING", "CLOSED"]);
  });

  it("asks again a whole spacing after the stored answer, which may lie ahead of the decision's clock", () => {
    const decision = tell(stoppingView(), stopInput("notFound", { sentAtMs: t0 - 5, answeredAtMs: t0 + 3 }));
    expect(decision.dueAtMs).toBe(t0 + 3 + spacingMs);
  });

  it.each(["alive", "starting"] as const)("is undone by %s", (outcome) => {
    const change = { n404: 3, first404AtMs: t0 - 300_000, last404AtMs: t0 - 100_000 };
    const attempt = attemptOf(tell(stoppingView(change), queryInput(outcome)));
    expect(attempt).toMatchObject({ st: "STOPPING", n404: 0 });
    expect(attempt.first404AtMs).toBeUndefined();
  });
});

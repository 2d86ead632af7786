import { describe, expect, it } from "vitest";
import {
  acquiredInput,
  after,
  attemptIn,
  attemptOf,
  emptyFor,
  evidence,
  factOf,
  look,
  queryInput,
  resourceOf,
  sidOf,
  startInput,
  stopInput,
  t0,
  tell,
  viewOf,
  wantOff,
} from "./channel-fixture.ts";
import type { Decision } from "./decision.ts";

function told(decision: Decision): readonly string[] {
  return decision.lifecycle.map((fact) => (fact.attempt === undefined ? fact.type : `${fact.type} ${fact.attempt}`));
}

describe("lifecycle facts", () => {
  it("say once for what an attempt waits, and again only when that changes", () => {
    const claimed = viewOf({ attempts: [attemptIn("CLAIMED", { dueAtMs: t0 })], resp: 1 });
    const wait = { kind: "postponed", n: 1, retryInMs: 5_000 } as const;
    const first = tell(claimed, { ...wait, cause: "quota_workers" });
    expect(first.lifecycle).toMatchObject([{ type: "attempt.waiting", attempt: 1, cause: "quota_workers" }]);
    const waiting = after(claimed, first);
    expect(tell(waiting, { ...wait, cause: "quota_workers" }).lifecycle).toEqual([]);
    expect(told(tell(waiting, { ...wait, cause: "quota_requests" }))).toEqual(["attempt.waiting 1"]);
    expect(tell(waiting, acquiredInput()).record.attempts[1]).not.toHaveProperty("waitingFor");
  });

  it("tell one recording from its first join to its last stop, in order", () => {
    const steps: string[] = [];
    let view = viewOf({ want: wantOff });
    const note = (decision: Decision, change = {}): void => {
      steps.push(...told(decision));
      view = after(view, decision, change);
    };
    note(look(view));
    note(tell(view, acquiredInput()));
    note(tell(view, startInput({ ...evidence, outcome: "ok", sid: sidOf(1) })));
    note(tell(view, queryInput("alive")), { presence: emptyFor(60_000) });
    note(look(view));
    note(tell(view, stopInput("done")));
    note(tell(view, queryInput("notFound")));
    expect(steps).toEqual([
      "session.opened",
      "attempt.claimed 1",
      "attempt.started 1",
      "attempt.confirmed 1",
      "attempt.stopping 1",
      "session.closed",
      "attempt.closed 1",
    ]);
  });

  it("say nothing when nothing changes", () => {
    expect(look(viewOf({ attempts: [attemptIn("CONF")], resp: 1 })).lifecycle).toEqual([]);
    expect(tell(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), queryInput("alive")).lifecycle).toEqual([]);
  });

  it("carry who, where and when", () => {
    const view = viewOf({ attempts: [attemptIn("LIVE")], resp: 1 });
    expect(tell(view, queryInput("alive")).lifecycle).toEqual([
      {
        type: "attempt.confirmed",
        atMs: t0,
        sessionId: "s_1",
        slot: "primary",
        attempt: 1,
        recorderUid: attemptIn("LIVE").uid,
        sid: sidOf(1),
        resourceId: resourceOf(1),
        state: "CONF",
        previousState: "LIVE",
      },
    ]);
  });

  it("I6: tell the loss of a recorder with the cause of the gap, before its successor", () => {
    const decision = tell(viewOf({ attempts: [attemptIn("CONF")], resp: 1 }), queryInput("abnormal"));
    expect(told(decision)).toEqual(["attempt.stopping 1", "attempt.lost 1", "attempt.claimed 2"]);
    const lost = decision.lifecycle.find((fact) => fact.type === "attempt.lost");
    expect(lost).toMatchObject({ cause: "recorder_exit", detail: "recorder_exited_abnormally" });
  });

  it.each([
    ["an ambiguous start", startInput({ ...evidence, outcome: "conflict" }), "ambiguous_start"],
    ["a refused start", startInput({ ...evidence, outcome: "never" }), "provider_error"],
  ] as const)("name the gap after %s", (_, input, cause) => {
    const decision = tell(viewOf({ attempts: [attemptIn("READY")], resp: 1 }), input);
    expect(decision.lifecycle.find((fact) => fact.type === "attempt.lost")?.cause).toBe(cause);
  });

  it("tell a suspicion once", () => {
    const view = viewOf({ attempts: [attemptIn("CONF")], resp: 1 });
    const first = tell(view, queryInput("notFound"));
    expect(told(first)).toEqual(["attempt.suspected 1"]);
    expect(told(tell(after(view, first), queryInput("notFound")))).toEqual([]);
  });

  it.each([
    ["a ghost", startInput({ ...evidence, outcome: "started" }), "GHOST"],
    ["a doubt", startInput({ ...evidence, outcome: "newResource" }), "DOUBT"],
  ] as const)("tell %s as ambiguous", (_, input, state) => {
    const decision = tell(viewOf({ attempts: [attemptIn("READY")], resp: 1 }), input);
    expect(decision.lifecycle[0]).toMatchObject({ type: "attempt.ambiguous", state, previousState: "READY" });
  });

  it("tell with the end of an attempt how much Agora can bill for it at most", () => {
    const stopped = attemptIn("STOPPING", { stopAckAtMs: t0 - 1_000, acquireAnsweredAtMs: t0 - 600_000 });
    const ended = tell(viewOf({ attempts: [stopped], want: wantOff, presence: emptyFor(1) }), queryInput("notFound"));
    expect(ended.lifecycle).toMatchObject([{ type: "attempt.closed", billedMsMax: 600_000 }]);

    const doubt = attemptIn("DOUBT", {
      dueAtMs: t0,
      acquireAnsweredAtMs: t0 - 900_000,
      resourceDeadAtMs: t0 - 540_000,
    });
    const vanished = look(viewOf({ attempts: [doubt], want: wantOff, presence: emptyFor(800_000) }));
    expect(vanished.lifecycle).toMatchObject([{ type: "attempt.closed", billedMsMax: 900_000 }]);
  });

  it("tell of no bill for what certainly never ran", () => {
    const ready = viewOf({ attempts: [attemptIn("READY", { startSends: 0 })], want: wantOff, presence: emptyFor(1) });
    expect(look(ready).lifecycle[0]).toMatchObject({ type: "attempt.closed", previousState: "READY" });
    expect(look(ready).lifecycle[0]).not.toHaveProperty("billedMsMax");
    const refused = tell(
      viewOf({ attempts: [attemptIn("READY")], resp: 1 }),
      startInput({ ...evidence, outcome: "never", httpStatus: 400, code: 2, message: "bad body" }),
    );
    expect(refused.lifecycle.find(({ type }) => type === "attempt.closed")).not.toHaveProperty("billedMsMax");
  });

  it("tell an adopted recorder as started and confirmed", () => {
    const ghost = attemptIn("GHOST", { candidateSid: "sid-c", adoptUntilMs: t0 + 1 });
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("alive", { sid: "sid-c" }));
    expect(told(decision)).toEqual(["attempt.started 1", "attempt.confirmed 1"]);
  });

  it("tell no suspicion of a ghost whose candidate is not found", () => {
    const ghost = attemptIn("GHOST", { candidateSid: "sid-c", adoptUntilMs: t0 + 1 });
    const decision = tell(viewOf({ attempts: [ghost], resp: 1 }), queryInput("notFound", { sid: "sid-c" }));
    expect(attemptOf(decision).n404).toBe(1);
    expect(told(decision)).toEqual([]);
  });

  it("tell a recorder without a row from its claim on", () => {
    expect(told(look(viewOf({ facts: [factOf("sid")] })))).toEqual(["attempt.claimed 1", "attempt.started 1"]);
  });

  it("do not call a planned end a loss", () => {
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence: emptyFor(60_000) }));
    expect(told(decision)).toEqual(["attempt.stopping 1", "session.closed"]);
    expect(decision.lifecycle.at(-1)).toMatchObject({ sessionId: "s_1", cause: "empty" });
  });

  it("do not call it a loss when a recorder goes on until its planned successor is confirmed", () => {
    const view = viewOf({ attempts: [attemptIn("CONF", { rotateAtMs: t0 })], resp: 1 });
    const decision = look(view);
    expect(decision.record.slots.primary.resp).toBe(2);
    expect(told(decision)).toEqual(["attempt.rotating 1", "attempt.claimed 2"]);
  });

  it("tell a blocked slot once, with the words of the refusal, without uid and state", () => {
    const view = viewOf({ attempts: [attemptIn("READY")], resp: 1 });
    const decision = tell(
      view,
      startInput({ ...evidence, outcome: "never", httpStatus: 400, code: 2, message: "bad body" }),
    );
    expect(decision.lifecycle.at(-1)).toEqual({
      type: "slot.blocked",
      atMs: t0,
      sessionId: "s_1",
      slot: "primary",
      attempt: 1,
      cause: "provider_error",
      detail: "start never (400/2: bad body)",
    });
    expect(told(look(after(view, decision)))).toEqual([]);
  });
});

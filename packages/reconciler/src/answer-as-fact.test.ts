import type { Attempt, Input } from "@autorec/domain";
import { describe, expect, test } from "vitest";
import { answerAsFact } from "./answer-as-fact.ts";

const attempt: Attempt = {
  n: 2,
  slot: "primary",
  session: "s1",
  k: 1,
  uid: 4_000_000_002,
  mode: "mix",
  ruleHash: "rule",
  maxIdleMs: 300_000,
  coverAfterMs: 30_000,
  st: "STOPPING",
  claimedAtMs: 1,
  resourceId: "resource",
  sid: "sid",
  startSends: 1,
  ambiguous: false,
  retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
  tokenIssuedAtS: 1,
  tokenSalt: 1,
  tokenLifeS: 1,
  knownUids: [],
  controlErrorsAtMs: [],
  everStatus5: false,
  n404: 0,
  journaled: true,
  controlLost: false,
  rotating: false,
  dueAtMs: 0,
  tries: 0,
};

const answered = { n: 2, sentAtMs: 10, answeredAtMs: 20 } as const;
const wire = { reason: "ok", alarm: false } as const;
const identity = { n: 2, slot: "primary", session: "s1", uid: 4_000_000_002, mode: "mix", atMs: 20 } as const;

describe("what an answer proves without the lease", () => {
  test("a sid belongs to its resource for ever, whoever reports it", () => {
    const input: Input = {
      ...answered,
      kind: "start",
      resourceId: "resource",
      send: 1,
      answer: { ...wire, outcome: "ok", sid: "new-sid" },
    };
    expect(answerAsFact(input, attempt)).toEqual({ ...identity, kind: "sid", resourceId: "resource", sid: "new-sid" });
  });

  test("I6: a stop that was accepted stays accepted", () => {
    const input: Input = { ...answered, kind: "stop", sid: "sid", answer: { ...wire, outcome: "done" } };
    expect(answerAsFact(input, attempt)).toEqual({
      ...identity,
      kind: "stopAccepted",
      resourceId: "resource",
      sid: "sid",
    });
  });
});

describe("the candidate of a ghost", () => {
  const ghost: Attempt = { ...attempt, st: "GHOST", candidateSid: "candidate" };
  test.each(["alive", "starting"] as const)("that answers %s is its sid, whoever reports it", (outcome) => {
    const input: Input = { ...answered, kind: "query", sid: "candidate", answer: { ...wire, outcome, status: 5 } };
    const fact = { ...identity, kind: "sid", resourceId: "resource", sid: "candidate" };
    expect(answerAsFact(input, ghost)).toEqual(fact);
    expect(answerAsFact(input, { ...ghost, st: "DOUBT" })).toEqual(fact);
  });

  test.each(["notFound", "unknown"] as const)("that answers %s may be another's", (outcome) => {
    const input: Input = { ...answered, kind: "query", sid: "candidate", answer: { ...wire, outcome } };
    expect(answerAsFact(input, ghost)).toBeUndefined();
  });
});

describe("what an answer shows only to the holder of the lease", () => {
  const observations: readonly Input[] = [
    { ...answered, kind: "query", sid: "sid", answer: { ...wire, outcome: "alive", status: 5 } },
    { ...answered, kind: "query", sid: "sid", answer: { ...wire, outcome: "notFound" } },
    { ...answered, kind: "stop", sid: "sid", answer: { ...wire, outcome: "notFound" } },
    { ...answered, kind: "start", resourceId: "resource", send: 1, answer: { ...wire, outcome: "started" } },
    { ...answered, kind: "acquire", answer: { ...wire, outcome: "ok", resourceId: "another" } },
  ];
  test.each(observations.map((input) => [input.kind, input] as const))("%s: no fact", (_kind, input) => {
    expect(answerAsFact(input, attempt)).toBeUndefined();
  });
});

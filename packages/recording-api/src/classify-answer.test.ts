import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import { callReasons } from "@autorec/events";
import { assert, constant, constantFrom, integer, json, oneof, option, property, record, string } from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallName } from "./answer-facts.ts";
import { callNames, readAnswer } from "./answer-facts.ts";
import { acquireAnswer, queryAnswer, rowOf, startAnswer, stopAnswer, updateAnswer } from "./classify-answer.ts";
import type { Exchange } from "./http-exchange.ts";
import { outcomeTable } from "./outcome-table.ts";

const outcomesOf: Readonly<Record<CallName, readonly string[]>> = {
  acquire: ["ok", "again", "wait", "never"],
  start: ["ok", "started", "conflict", "again", "wait", "newResource", "never"],
  query: ["alive", "starting", "ending", "abnormal", "notFound", "unknown", "controlLost"],
  update: ["ok", "notFound", "unknown", "refused", "controlLost"],
  updateLayout: ["ok", "notFound", "unknown", "refused", "controlLost"],
  stop: ["done", "exiting", "notFound", "unknown", "controlLost"],
};

type AnyAnswer = AcquireAnswer | StartAnswer | QueryAnswer | UpdateAnswer | StopAnswer;

function classify(call: CallName, exchange: Exchange): AnyAnswer {
  const facts = readAnswer(call, exchange);
  switch (call) {
    case "acquire":
      return acquireAnswer(facts);
    case "start":
      return startAnswer(facts);
    case "query":
      return queryAnswer(facts);
    case "update":
    case "updateLayout":
      return updateAnswer(facts);
    case "stop":
      return stopAnswer(facts);
  }
}

const listedCodes = outcomeTable.flatMap(({ match }) => match.flatMap(({ codes }) => codes ?? []));
const anyCode = oneof(constantFrom(...listedCodes), constantFrom(...listedCodes.map(String)), json(), integer());
const anyText = oneof(string(), constantFrom("appid is invalid", "no Route matched with those values", "Unauthorized"));
const anyId = oneof(string(), integer(), constant(undefined));

/** Bodies near the real ones: each field right, absent or nonsense. */
const likelyBody = record(
  {
    code: anyCode,
    reason: oneof(anyText, integer()),
    message: oneof(anyText, integer()),
    resourceId: anyId,
    sid: anyId,
    serverResponse: oneof(
      record({ status: oneof(integer({ min: -1, max: 25 }), string(), json()), payload: record({ message: anyText }) }),
      string(),
      integer(),
    ),
  },
  { requiredKeys: [] },
).map((body) => JSON.stringify(body));

const anyStatus = oneof(integer({ min: 0, max: 999 }), constantFrom(200, 201, 206, 400, 401, 404, 429, 500, 504));
const anyRequestId = option(string(), { nil: undefined });
const anyExchange = oneof(
  record({
    kind: constant("answered" as const),
    httpStatus: anyStatus,
    requestId: anyRequestId,
    bodyText: option(oneof(likelyBody, json(), string()), { nil: undefined }),
  }),
  record({
    kind: constantFrom("notSent" as const, "timeout" as const, "lost" as const),
    detail: string(),
    httpStatus: option(anyStatus, { nil: undefined }),
    requestId: anyRequestId,
  }),
);

describe("the outcome table", () => {
  test("gives exactly one outcome of the call's own for any status, body and failure, and never throws", () => {
    assert(
      property(constantFrom(...callNames), anyExchange, (call, exchange) => {
        const answer = classify(call, exchange);
        expect(outcomesOf[call]).toContain(answer.outcome);
        expect(callReasons).toContain(answer.reason);
        expect((answer.message ?? "").length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 2_000 },
    );
  });

  test("never says ok without the id that the call is after, nor a status that the query did not read", () => {
    assert(
      property(constantFrom(...callNames), anyExchange, (call, exchange) => {
        const answer = classify(call, exchange);
        if ("resourceId" in answer) expect(answer.resourceId).not.toBe("");
        if ("sid" in answer) expect(answer.sid).not.toBe("");
        if ("status" in answer) expect(answer.status).toBe(readAnswer("query", exchange).status);
      }),
      { numRuns: 2_000 },
    );
  });

  test("takes only an unsent start for one that cannot have taken effect, and every failed stop for not stopped", () => {
    assert(
      property(anyExchange, (exchange) => {
        const start = classify("start", exchange);
        if ("ambiguous" in start) expect(start.ambiguous).toBe(exchange.kind !== "notSent");
        const stop = classify("stop", exchange);
        if (exchange.kind !== "answered") expect(stop.outcome).toBe("unknown");
        if (stop.outcome === "done") expect([200, 206]).toContain(exchange.httpStatus);
        if (stop.outcome === "notFound") expect(exchange.httpStatus).toBe(404);
      }),
      { numRuns: 2_000 },
    );
  });

  test("looks at a row only when no earlier one matches, and its last row takes everything", () => {
    expect(outcomeTable.at(-1)?.match).toEqual([{}]);
    assert(
      property(constantFrom(...callNames), anyExchange, (call, exchange) => {
        expect(outcomeTable).toContain(rowOf(readAnswer(call, exchange)));
      }),
    );
  });
});

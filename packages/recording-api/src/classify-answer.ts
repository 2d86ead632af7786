import type { AcquireAnswer, CallEvidence, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import type { AnswerFacts } from "./answer-facts.ts";
import { statusOutcomes } from "./answer-facts.ts";
import type { Match, OutcomeRow } from "./outcome-table.ts";
import { outcomeTable } from "./outcome-table.ts";
import type { Cell } from "./verdict.ts";

/** Agora's words in an answer are cut to this. */
const messageCharsMax = 300;

/** The row of the outcome table that an ending falls under: the first that matches. */
export function rowOf(facts: AnswerFacts): OutcomeRow {
  const row = outcomeTable.find(({ match }) => match.some((one) => isMatch(one, facts)));
  if (row === undefined) throw new Error("the outcome table is not total");
  return row;
}

/** What an ending of acquire means. */
export function acquireAnswer(facts: AnswerFacts): AcquireAnswer {
  const row = rowOf(facts);
  const { verdict } = row.acquire;
  const evidence = evidenceOf(row, row.acquire, facts);
  return verdict.outcome === "ok" ? { ...evidence, outcome: "ok", resourceId: facts.id } : { ...evidence, ...verdict };
}

/** What an ending of start means. */
export function startAnswer(facts: AnswerFacts): StartAnswer {
  const row = rowOf(facts);
  const { verdict } = row.start;
  const evidence = evidenceOf(row, row.start, facts);
  switch (verdict.outcome) {
    case "ok":
      return { ...evidence, outcome: "ok", sid: facts.id };
    case "again":
    case "wait":
      return { ...evidence, ...verdict };
    case "started":
    case "conflict":
    case "newResource":
    case "never":
      return { ...evidence, outcome: verdict.outcome };
  }
}

/** What an ending of query means. */
export function queryAnswer(facts: AnswerFacts): QueryAnswer {
  const row = rowOf(facts);
  const { outcome } = row.query.verdict;
  const evidence = { ...evidenceOf(row, row.query, facts), ...reportOf(facts) };
  if (outcome !== "byStatus") return { ...evidence, outcome };
  const { status } = facts;
  const told = status === undefined ? undefined : statusOutcomes.get(status);
  return status === undefined || told === undefined
    ? { ...evidence, outcome: "unknown" }
    : { ...evidence, outcome: told, status };
}

/** What an ending of update or updateLayout means. */
export function updateAnswer(facts: AnswerFacts): UpdateAnswer {
  const row = rowOf(facts);
  return { ...evidenceOf(row, row.update, facts), outcome: row.update.verdict.outcome };
}

/** What an ending of a stop means that did not wait for its uploads. */
export function stopAnswer(facts: AnswerFacts): StopAnswer {
  const row = rowOf(facts);
  const { outcome } = row.stop.verdict;
  const evidence = { ...evidenceOf(row, row.stop, facts), ...reportOf(facts) };
  return { ...evidence, outcome: outcome === "doneIfSynchronous" ? "unknown" : outcome };
}

/** What an ending of a stop means that was asked to wait for its uploads. @see R 6 */
export function synchronousStopAnswer(facts: AnswerFacts): StopAnswer {
  const isDone = rowOf(facts).stop.verdict.outcome === "doneIfSynchronous";
  return isDone ? { ...stopAnswer(facts), outcome: "done", reason: "ok" } : stopAnswer(facts);
}

function reportOf({ recording }: AnswerFacts): Pick<StopAnswer, "recording"> {
  return recording === undefined ? {} : { recording };
}

function isMatch(match: Match, facts: AnswerFacts): boolean {
  if ((match.arrived ?? "answered") !== facts.arrived) return false;
  if (match.http !== undefined && !isWithin(match.http, facts.httpStatus)) return false;
  if (match.codes !== undefined && (facts.code === undefined || !match.codes.includes(facts.code))) return false;
  if (match.gateway !== undefined && match.gateway !== facts.gateway) return false;
  return match.body === undefined || match.body === facts.body;
}

function isWithin(http: number | readonly [number, number], httpStatus: number | undefined): boolean {
  if (httpStatus === undefined) return false;
  if (typeof http === "number") return http === httpStatus;
  return http[0] <= httpStatus && httpStatus <= http[1];
}

function evidenceOf(row: OutcomeRow, cell: Cell<unknown>, facts: AnswerFacts): CallEvidence {
  const { httpStatus, code, message, requestId } = facts;
  return {
    reason: cell.reason ?? row.reason,
    alarm: cell.alarm ?? false,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message: message.slice(0, messageCharsMax) }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(row.unforeseen === true ? { unforeseen: true } : {}),
  };
}

import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import { callReasons } from "@autorec/events";
import { expect, test } from "vitest";
import type { CallName } from "./answer-facts.ts";
import { callNames } from "./answer-facts.ts";
import { acquireAnswer, queryAnswer, startAnswer, stopAnswer, updateAnswer } from "./classify-answer.ts";
import { documentedAnswers } from "./documented-answers.ts";
import type { Exchange } from "./http-exchange.ts";
import { interpretAnswer } from "./interpret-answer.ts";
import { mutateAnswer, numbersFrom } from "./mutate-answer.ts";

// AUTOREC_FUZZ_ANSWERS=100000 AUTOREC_FUZZ_SEED=… vitest run --project unit packages/recording-api/src/fuzz-answers.test.ts

const count = Number(process.env["AUTOREC_FUZZ_ANSWERS"] ?? 1_000);
const seed = Number(process.env["AUTOREC_FUZZ_SEED"] ?? 20_261_121);

const outcomes: Readonly<Record<CallName, readonly string[]>> = {
  acquire: ["ok", "again", "wait", "never"],
  start: ["ok", "started", "conflict", "again", "wait", "newResource", "never"],
  query: ["alive", "starting", "ending", "abnormal", "notFound", "unknown", "controlLost"],
  update: ["ok", "notFound", "unknown", "refused", "controlLost"],
  updateLayout: ["ok", "notFound", "unknown", "refused", "controlLost"],
  stop: ["done", "exiting", "notFound", "unknown", "controlLost"],
};

/** Planted into bodies; our own requests carried them. */
const secrets = ["planted-customer-secret", "planted/storage+key==", "007plantedToken/AbC+d=="];

function interpret(
  call: CallName,
  exchange: Exchange,
): AcquireAnswer | StartAnswer | QueryAnswer | UpdateAnswer | StopAnswer {
  switch (call) {
    case "acquire":
      return interpretAnswer(call, exchange, { classify: acquireAnswer, secrets });
    case "start":
      return interpretAnswer(call, exchange, { classify: startAnswer, secrets });
    case "query":
      return interpretAnswer(call, exchange, { classify: queryAnswer, secrets });
    case "update":
    case "updateLayout":
      return interpretAnswer(call, exchange, { classify: updateAnswer, secrets });
    case "stop":
      return interpretAnswer(call, exchange, { classify: stopAnswer, secrets });
  }
}

/** What people see of an answer; ids and file names are what the caller asked for and pass as they are. */
function shown({ message, requestId, excerpt }: ReturnType<typeof interpret>): string {
  return JSON.stringify([message, requestId, excerpt]);
}

test(`${count} mutated answers each have a typed outcome, throw nothing and show no secret (seed ${seed})`, () => {
  const next = numbersFrom(seed);
  const met: Record<string, number> = {};
  let unforeseen = 0;
  for (let index = 0; index < count; index += 1) {
    const call = callNames[next(callNames.length)] ?? "query";
    const documented = documentedAnswers[next(documentedAnswers.length)] ?? { httpStatus: 200, body: {} };
    const exchange = mutateAnswer(documented, { next, secrets });
    const told = `answer ${index} of seed ${seed}, ${call}: ${JSON.stringify(exchange).slice(0, 500)}`;
    const answer = interpret(call, exchange);
    if (!outcomes[call].includes(answer.outcome)) expect.fail(`outcome ${answer.outcome} for ${told}`);
    if (!callReasons.includes(answer.reason)) expect.fail(`reason ${answer.reason} for ${told}`);
    if ((answer.message ?? "").length > 300 || (answer.excerpt ?? "").length > 300) expect.fail(`too long: ${told}`);
    if (shown(answer).includes("planted")) expect.fail(`a secret in ${shown(answer)} of ${told}`);
    if ("sid" in answer && answer.sid === "") expect.fail(`an empty sid for ${told}`);
    met[`${call} ${answer.outcome}`] = (met[`${call} ${answer.outcome}`] ?? 0) + 1;
    if (answer.unforeseen === true) unforeseen += 1;
  }
  // Enough mutations reach every word of every call, and what nobody foresaw.
  const words = callNames.flatMap((call) => outcomes[call].map((outcome) => `${call} ${outcome}`));
  if (count >= 20_000) expect(words.filter((word) => met[word] === undefined)).toEqual([]);
  expect(unforeseen).toBeGreaterThan(count / 20);
  if (process.env["AUTOREC_FUZZ_ANSWERS"] !== undefined) {
    process.stdout.write(`${JSON.stringify({ count, seed, unforeseen, met })}\n`);
  }
}, 600_000);

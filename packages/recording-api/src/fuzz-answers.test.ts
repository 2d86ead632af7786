import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import { callReasons } from "@autorec/events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { callNames } from "./answer-facts.ts";
import type { ChannelEvidence, ChannelFailure } from "./channel-management/channel-answers.ts";
import {
  readChannelList,
  readChannelUsers,
  readKick,
  readUserStatus,
} from "./channel-management/read-channel-answer.ts";
import {
  acquireAnswer,
  queryAnswer,
  startAnswer,
  stopAnswer,
  synchronousStopAnswer,
  updateAnswer,
} from "./classify-answer.ts";
import { documentedAnswers } from "./testing/documented-answers.ts";
import type { Exchange } from "./http-exchange.ts";
import { interpretAnswer } from "./interpret-answer.ts";
import type { NextNumber } from "./testing/mutate-answer.ts";
import { mutateAnswer } from "./testing/mutate-answer.ts";

// AUTOREC_FUZZ_ANSWERS=100000 AUTOREC_FUZZ_SEED=… vitest run --project unit packages/recording-api/src/fuzz-answers.test.ts

const count = Number(process.env["AUTOREC_FUZZ_ANSWERS"] ?? 1_000);
const seed = Number(process.env["AUTOREC_FUZZ_SEED"] ?? 20_261_121);

/** The calls, where a stop that waits for its uploads is read in a way of its own. */
const readings = [...callNames, "synchronousStop"] as const;
type Reading = (typeof readings)[number];

const outcomes: Readonly<Record<Reading, readonly string[]>> = {
  acquire: ["ok", "again", "wait", "never"],
  start: ["ok", "started", "conflict", "again", "wait", "newResource", "never"],
  query: ["alive", "starting", "ending", "abnormal", "notFound", "unknown", "controlLost"],
  update: ["ok", "notFound", "unknown", "refused", "controlLost"],
  updateLayout: ["ok", "notFound", "unknown", "refused", "controlLost"],
  stop: ["done", "exiting", "notFound", "unknown", "controlLost"],
  synchronousStop: ["done", "exiting", "notFound", "unknown", "controlLost"],
};

/** Planted into bodies; our own requests carried them. */
const secrets = ["planted-customer-secret", "planted/storage+key==", "007plantedToken/AbC+d=="];

function interpret(
  call: Reading,
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
    case "synchronousStop":
      return interpretAnswer("stop", exchange, { classify: synchronousStopAnswer, secrets });
  }
}

/** Runs `check` with numbers that repeat for a seed; a failure is shrunk and tells its seed and path. */
function forManyAnswers(check: (next: NextNumber) => void): void {
  const property = fc.property(fc.gen(), (draw) => check((bound) => draw(evenly, bound - 1)));
  fc.assert(property, { numRuns: count, seed });
}

/** Every number alike: the edges of a range are no likelier accidents than the rest. */
function evenly(max: number): fc.Arbitrary<number> {
  return fc.noBias(fc.nat({ max }));
}

/** What people see of an answer; ids and file names are what the caller asked for and pass as they are. */
function shown({ message, requestId, excerpt }: ReturnType<typeof interpret>): string {
  return JSON.stringify([message, requestId, excerpt]);
}

test(`${count} mutated answers each have a typed outcome, throw nothing and show no secret (seed ${seed})`, () => {
  const met: Record<string, number> = {};
  let unforeseen = 0;
  forManyAnswers((next) => {
    const call = readings[next(readings.length)] ?? "query";
    const documented = documentedAnswers[next(documentedAnswers.length)] ?? { httpStatus: 200, body: {} };
    const exchange = mutateAnswer(documented, { next, secrets });
    const told = `${call}: ${JSON.stringify(exchange).slice(0, 500)}`;
    const answer = interpret(call, exchange);
    if (!outcomes[call].includes(answer.outcome)) expect.fail(`outcome ${answer.outcome} for ${told}`);
    if (!callReasons.includes(answer.reason)) expect.fail(`reason ${answer.reason} for ${told}`);
    if ((answer.message ?? "").length > 300 || (answer.excerpt ?? "").length > 300) expect.fail(`too long: ${told}`);
    if (shown(answer).includes("planted")) expect.fail(`a secret in ${shown(answer)} of ${told}`);
    if ("sid" in answer && answer.sid === "") expect.fail(`an empty sid for ${told}`);
    met[`${call} ${answer.outcome}`] = (met[`${call} ${answer.outcome}`] ?? 0) + 1;
    if (answer.unforeseen === true) unforeseen += 1;
  });
  // Enough mutations reach every word of every call, and what nobody foresaw.
  const words = readings.flatMap((call) => outcomes[call].map((outcome) => `${call} ${outcome}`));
  if (count >= 20_000) expect(words.filter((word) => met[word] === undefined)).toEqual([]);
  expect(unforeseen).toBeGreaterThan(count / 20);
  if (process.env["AUTOREC_FUZZ_ANSWERS"] !== undefined) {
    process.stdout.write(`${JSON.stringify({ count, seed, unforeseen, met })}\n`);
  }
}, 600_000);

const host = "https://api.agora.io";
const readers: Readonly<
  Record<string, (exchange: Exchange) => ChannelEvidence & ({ readonly outcome: "ok" } | ChannelFailure)>
> = {
  list: (exchange) => readChannelList({ exchange, host }, secrets),
  users: (exchange) => readChannelUsers({ exchange, host }, secrets),
  status: (exchange) => readUserStatus({ exchange, host }, secrets),
  kick: (exchange) => readKick({ exchange, host }, secrets),
};
const data = (inner: unknown): unknown => ({ success: true, data: inner });
/** What channel management says by its documents. @see E 4.2 */
const channelAnswers = [
  data({ channels: [{ channel_name: "class-101", user_count: 3 }], total_size: 1 }),
  data({ channel_exist: true, mode: 1, total: 2, users: [7, 8] }),
  data({ channel_exist: true, mode: 2, broadcasters: [7], audience: [8], audience_total: 1 }),
  data({ channel_exist: false }),
  data({ join: 1_640_330_382, uid: 7, in_channel: true, platform: 6, role: 2 }),
  data({ in_channel: false }),
  { status: "success", id: 1_953 },
].map((body) => ({ httpStatus: 200, body }));
const refusals = [400, 401, 403, 404, 415, 429, 500].map((httpStatus) => ({
  httpStatus,
  body: { message: "invalid appid" },
}));

test(`${count} mutated answers of channel management each have a typed outcome, throw nothing and show no secret (seed ${seed})`, () => {
  const met = new Set<string>();
  forManyAnswers((next) => {
    const [name, read] = Object.entries(readers)[next(4)] ?? ["list", readers["list"]];
    const documented = [...channelAnswers, ...refusals][next(channelAnswers.length + refusals.length)];
    const exchange = mutateAnswer(documented ?? { httpStatus: 200, body: {} }, { next, secrets });
    const told = `${name}: ${JSON.stringify(exchange).slice(0, 500)}`;
    const answer = read?.(exchange);
    if (answer === undefined) throw new Error(`no reader ${name}`);
    if (!["ok", "refused", "throttled", "unknown"].includes(answer.outcome)) expect.fail(`${answer.outcome}: ${told}`);
    if (!callReasons.includes(answer.reason)) expect.fail(`reason ${answer.reason} for ${told}`);
    if ((answer.outcome === "ok") !== (answer.reason === "ok")) expect.fail(`${answer.reason} with ok: ${told}`);
    if ((answer.message ?? "").length > 300) expect.fail(`too long: ${told}`);
    // Names of channels pass as they are.
    if (JSON.stringify([answer.message, answer.requestId]).includes("planted")) expect.fail(`a secret: ${told}`);
    met.add(`${name} ${answer.outcome}`);
  });
  expect(met.size).toBe(16);
}, 600_000);

import type { AcquireAnswer, CallReason, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallName } from "./answer-facts.ts";
import { callNames, readAnswer } from "./answer-facts.ts";
import { rowOf } from "./classify-answer.ts";
import type { Exchange } from "./http-exchange.ts";
import { outcomeTable } from "./outcome-table.ts";
import type { RecordingClient } from "./recording-client.ts";
import { callBy, testClient } from "./testing/test-client.ts";
import { closedPortUrl, serveHttp } from "./testing/test-server.ts";

// The table of protocol.md §7 once more, written down apart from the code: an answer, and what it means for each call.
// "again lost" = outcome and schedule, "×3" = triesMax, "notEnabled?" = maybeNotEnabled, "ambiguous" = the start may have taken effect,
// "!" = alarm, "?" = kept as unforeseen.

interface Sample {
  readonly row: string;
  readonly http: number | "notSent" | "timeout" | "lost";
  readonly body: unknown;
  /** updateLayout means what update means. */
  readonly means: readonly [acquire: string, start: string, query: string, update: string, stop: string];
  readonly reasons: CallReason | readonly [CallReason, CallReason, CallReason, CallReason, CallReason];
}

const whole = { resourceId: "resource-1", sid: "sid-1", serverResponse: { status: 5 } };
const lostStart = "again lost ambiguous";
const failedStart = "again serverError ambiguous";
const refused = ["never !", "never !", "unknown !", "refused !", "unknown !"] as const;
const serverFailed = ["again others", failedStart, "unknown", "unknown", "unknown"] as const;
const maybeNotEnabled = ["again others notEnabled?", failedStart, "unknown", "unknown", "unknown"] as const;
const unforeseen = [
  "again others ×3 ! ?",
  "again others ambiguous ! ?",
  "unknown ! ?",
  "unknown ! ?",
  "unknown ! ?",
] as const;

function sample(
  row: string,
  http: Sample["http"],
  body: unknown,
  means: Sample["means"],
  reasons: Sample["reasons"],
): Sample {
  return { row, http, body, means, reasons };
}

const service = (code: number): unknown => ({ code, reason: "words for people" });
const gateway = (message: string): unknown => ({ message });

const samples: readonly Sample[] = [
  sample(
    "refused, DNS, TLS: nothing was sent",
    "notSent",
    "",
    ["again lost", "again lost", "unknown", "unknown", "unknown"],
    "unreachable",
  ),
  sample("timeout", "timeout", "", ["again lost", lostStart, "unknown", "unknown", "unknown"], "timeout"),
  sample("connection lost", "lost", "", ["again lost", lostStart, "unknown", "unknown", "unknown"], "unreachable"),

  sample("200", 200, whole, ["ok resource-1", "ok sid-1", "alive 5", "ok", "done"], "ok"),
  ...[0, 1, 2, 3].map((status) => statusSample(status, `starting ${status}`)),
  statusSample(4, "alive 4"),
  ...[6, 7, 8].map((status) => statusSample(status, `ending ${status}`)),
  statusSample(20, "abnormal 20"),
  sample(
    "200, status outside the list, or the code of a refusal",
    200,
    { ...whole, serverResponse: { status: 9 } },
    ["ok resource-1", "ok sid-1", "unknown ! ?", "ok", "done"],
    ["ok", "ok", "server_error", "ok", "ok"],
  ),
  sample(
    "200, status outside the list, or the code of a refusal",
    200,
    { ...whole, code: 404 },
    ["ok resource-1", "ok sid-1", "alive 5", "unknown ! ?", "unknown ! ?"],
    ["ok", "ok", "ok", "server_error", "server_error"],
  ),
  sample("200", 200, { ...whole, code: 200 }, ["ok resource-1", "ok sid-1", "alive 5", "ok", "done"], "ok"),
  sample("200", 200, { Code: 200, Body: whole }, ["ok resource-1", "ok sid-1", "alive 5", "ok", "done"], "ok"),
  ...["", "<html>welcome</html>", "[1]", "null", '{"resourceId":"'].map((body) =>
    sample(
      "200, no resourceId, sid, status or JSON",
      200,
      body,
      ["again others ?", "started ?", "unknown ?", "ok ?", "done ?"],
      ["server_error", "server_error", "server_error", "ok", "ok"],
    ),
  ),
  ...[{}, { resourceId: "", sid: "" }].map((body) =>
    sample(
      "200, no resourceId, sid, status or JSON",
      200,
      body,
      ["again others ?", "started ?", "unknown ?", "ok", "done"],
      ["server_error", "server_error", "server_error", "ok", "ok"],
    ),
  ),
  sample(
    "201/7 with sid",
    201,
    { code: 7, reason: "already started", sid: "sid-1" },
    ["again others", "ok sid-1", "unknown", "unknown", "unknown"],
    ["conflict", "ok", "conflict", "conflict", "conflict"],
  ),
  sample("201/7", 201, service(7), ["again others", "started", "unknown", "unknown", "unknown"], "conflict"),
  sample(
    "201/7",
    201,
    { code: "7", sid: "" },
    ["again others", "started", "unknown", "unknown", "unknown"],
    "conflict",
  ),
  sample(
    "206/65",
    206,
    service(65),
    ["again others", "again code65 ambiguous", "unknown", "unknown", "unknown"],
    "server_error",
  ),
  sample(
    "206/435",
    206,
    service(435),
    ["again others", failedStart, "unknown", "unknown", "done"],
    ["server_error", "server_error", "server_error", "server_error", "ok"],
  ),
  sample(
    "206/50",
    206,
    service(50),
    ["again others", failedStart, "unknown", "unknown", "done"],
    ["server_error", "server_error", "server_error", "server_error", "ok"],
  ),
  ...[206, 400, 404].map((http) =>
    sample(
      "501 that is no server error",
      http,
      service(501),
      ["again others", failedStart, "ending", "unknown", "exiting"],
      ["conflict", "conflict", "ok", "conflict", "ok"],
    ),
  ),
  ...[206, 400, 500, 504].map((http) =>
    sample("52", http, service(52), ["again others", "newResource", "unknown", "unknown", "unknown"], "server_error"),
  ),
  ...[service(66), {}, ""].map((body) =>
    sample("206, other code", 206, body, asUnforeseen(serverFailed), "server_error"),
  ),

  ...[2, 8, 1013, 1028].map((code) => sample("400/2, 8, 1013, 1028", 400, service(code), refused, "refused")),
  ...[432, 1003].map((code) =>
    sample(
      "400/432, 1003",
      400,
      service(code),
      ["never !", "newResource", "controlLost", "controlLost", "controlLost"],
      "refused",
    ),
  ),
  sample(
    "400/49",
    400,
    service(49),
    ["again others", failedStart, "unknown", "unknown", "exiting"],
    ["conflict", "conflict", "conflict", "conflict", "ok"],
  ),
  sample("400/53", 400, service(53), ["again others", "conflict", "unknown", "unknown", "unknown"], "conflict"),
  ...[service(400), service(401), service(405), gateway("appid is invalid"), gateway("invalid appid")].map((body) =>
    sample("400/400, 401, 405, appid is invalid", 400, body, refused, "refused"),
  ),
  sample(
    "400/406",
    400,
    service(406),
    ["wait overWorkers", "wait overWorkers", "unknown", "unknown", "unknown"],
    "over_workers",
  ),
  ...[433, 1001].map((code) =>
    sample(
      "400/433, 1001",
      400,
      service(code),
      ["again others", "newResource", "controlLost", "controlLost", "controlLost"],
      "refused",
    ),
  ),
  ...[{}, "", service(12_345), service(65), gateway("too many"), gateway("no Route matched with those values")].map(
    (body) =>
      sample(
        "400 without a known code",
        400,
        body,
        ["wait noCode ×3 ?", "wait noCode ×3 ?", "unknown ?", "unknown ?", "unknown ?"],
        "refused",
      ),
  ),

  sample(
    "400/109",
    400,
    service(109),
    ["again others ×3 !", "newResource !", "unknown !", "unknown !", "unknown !"],
    "refused",
  ),
  sample("400/110", 400, service(110), ["never !", "never !", "unknown !", "unknown !", "unknown !"], "refused"),

  ...[gateway("Unauthorized"), gateway("Invalid authentication credentials"), ""].map((body) =>
    sample(
      "401",
      401,
      body,
      ["wait unauthorized !", "wait unauthorized !", "unknown !", "unknown !", "unknown !"],
      "unauthorized",
    ),
  ),
  ...[
    service(404),
    { code: "404" },
    { code: 404, sid: "sid-1", serverResponse: { command: "Stop", payload: { message: "failed to find worker" } } },
  ].map((body) =>
    sample("404/404", 404, body, ["again others", failedStart, "notFound", "notFound", "notFound"], "not_found"),
  ),
  sample("404 no Route", 404, gateway("no Route matched with those values"), refused, "refused"),
  sample(
    "429",
    429,
    gateway("API rate limit exceeded"),
    ["wait throttled", "wait throttled", "unknown", "unknown", "unknown"],
    "throttled",
  ),

  ...[500, 501, 504].map((code) => sample("500/500, 501, 504", 500, service(code), serverFailed, "server_error")),
  sample(
    "500/502",
    500,
    service(502),
    ["again others", "newResource", "unknown", "unknown", "unknown"],
    "server_error",
  ),
  ...[500, 504].map((http) => sample("500/62, 504/62", http, service(62), maybeNotEnabled, "server_error")),
  sample("500/15", 500, { resourceId: "nUw", sid: "", code: 15 }, serverFailed, "server_error"),
  sample("other 5xx", 502, "<html>bad gateway</html>", serverFailed, "server_error"),
  sample("other 5xx", 503, "", serverFailed, "server_error"),
  sample("other 5xx", 504, service(502), serverFailed, "server_error"),

  ...[403, 409, 413].map((http) => sample("any other 4xx", http, service(53), unforeseen, "refused")),
  sample("any other 4xx", 404, "<html>not found</html>", unforeseen, "refused"),
  sample("any other 4xx", 404, gateway("failed to find worker"), unforeseen, "refused"),
  sample("any other 4xx", 404, service(432), unforeseen, "refused"),
  ...[202, 204, 302, 307, 600].map((http) => sample("anything else", http, "", unforeseen, "server_error")),
  sample("anything else", 201, whole, unforeseen, "server_error"),
];

function statusSample(status: number, query: string): Sample {
  return sample(
    "200",
    200,
    { ...whole, serverResponse: { status } },
    ["ok resource-1", "ok sid-1", query, "ok", "done"],
    "ok",
  );
}

function asUnforeseen(means: Sample["means"]): Sample["means"] {
  const [acquire, start, query, update, stop] = means;
  return [`${acquire} ?`, `${start} ?`, `${query} ?`, `${update} ?`, `${stop} ?`];
}

function inWords(answer: AcquireAnswer | StartAnswer | QueryAnswer | UpdateAnswer | StopAnswer): string {
  return [
    answer.outcome,
    "schedule" in answer ? answer.schedule : "",
    "triesMax" in answer ? `×${answer.triesMax}` : "",
    "maybeNotEnabled" in answer ? "notEnabled?" : "",
    "ambiguous" in answer && answer.ambiguous ? "ambiguous" : "",
    "resourceId" in answer ? answer.resourceId : "",
    "sid" in answer ? answer.sid : "",
    "status" in answer ? answer.status : "",
    answer.alarm ? "!" : "",
    answer.unforeseen === true ? "?" : "",
  ]
    .filter((word) => word !== "")
    .join(" ");
}

const timeouts = { acquireMs: 250, startMs: 250, queryMs: 250, updateMs: 250, stopMs: 250 };
/** Failures are what is tested here: no host is left alone. */
const hosts = { circuit: { failuresMax: 1_000 } };
let current: Sample | undefined;
let closeServer: () => PromiseLike<void>;
let clients: Readonly<Record<"answering" | "impatient" | "unreachable", RecordingClient>>;

beforeAll(async () => {
  const server = await serveHttp((_request, response) => {
    if (current === undefined || current.http === "timeout") return;
    if (typeof current.http === "string") {
      response.destroy();
      return;
    }
    const text = typeof current.body === "string" ? current.body : JSON.stringify(current.body);
    response.writeHead(current.http, { "x-request-id": "request-1", location: "/elsewhere" }).end(text);
  });
  clients = {
    answering: testClient({ baseUrl: server.baseUrl, hosts }),
    impatient: testClient({ baseUrl: server.baseUrl, timeouts, hosts }),
    unreachable: testClient({ baseUrl: await closedPortUrl(), hosts }),
  };
  closeServer = () => server[Symbol.asyncDispose]();
});

afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()));
  await closeServer();
});

function clientFor(one: Sample): RecordingClient {
  if (one.http === "notSent") return clients.unreachable;
  return one.http === "timeout" ? clients.impatient : clients.answering;
}

const columns = { acquire: 0, start: 1, query: 2, update: 3, updateLayout: 3, stop: 4 } as const;

describe.each(callNames)("an answer of %s means what protocol.md §7 says", (call: CallName) => {
  const column = columns[call];
  test.each(samples.map((one) => [one.http, JSON.stringify(one.body), one.means[column], one] as const))(
    "%s %s → %s",
    async (http, _body, means, one) => {
      current = one;
      const answer = await callBy(clientFor(one), call);
      expect(inWords(answer)).toBe(means);
      expect(answer.reason).toBe(typeof one.reasons === "string" ? one.reasons : one.reasons[column]);
      expect(answer.httpStatus).toBe(typeof http === "number" ? http : undefined);
      if (typeof http === "number") expect(answer.requestId).toBe("request-1");
    },
  );
});

test("every row of the table is met by a sample", () => {
  const names = outcomeTable.map((row) => row.answer);
  expect(new Set(names).size).toBe(names.length);
  const met = samples.flatMap((one) => callNames.map((call) => rowOf(readAnswer(call, exchangeOf(one))).answer));
  expect(new Set(met)).toEqual(new Set(names));
  expect(new Set(samples.map((one) => one.row))).toEqual(new Set(names));
});

function exchangeOf({ http, body }: Sample): Exchange {
  const requestId = undefined;
  if (typeof http === "string") return { kind: http, detail: "", httpStatus: undefined, requestId };
  const bodyText = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answered", httpStatus: http, requestId, bodyText };
}

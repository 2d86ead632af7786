import type { RecordingReport } from "@autorec/events";
import type { z } from "zod";
import type { Exchange } from "./http-exchange.ts";
import { recordingReport } from "./recording-report.ts";
import { answerBodySchema, printedEnvelopeSchema } from "./wire/answers.ts";

/** The calls of Agora's recording API. */
export const callNames = ["acquire", "start", "query", "update", "updateLayout", "stop"] as const;
/** One of the six calls. */
export type CallName = (typeof callNames)[number];

/** The fixed texts of gateways in front of the recording service; any other text is for people. @see R 7.2 */
export type GatewayText = "appIdInvalid" | "noRoute";

/** Everything about an answer that the outcome table may look at. */
export interface AnswerFacts {
  readonly arrived: Exchange["kind"];
  readonly httpStatus: number | undefined;
  /** The service's own code, which need not equal the HTTP status. */
  readonly code: number | undefined;
  readonly gateway: GatewayText | undefined;
  /**
   * Whether the body holds what the call is after: `complete` = the resourceId of acquire, the sid of start, a known
   * status of query, any JSON object for update and stop; `outside` = a status that Agora's reference does not list, or an
   * update or stop with the code of a refusal.
   */
  readonly body: "complete" | "incomplete" | "outside";
  /** The resourceId of acquire, the sid of start; empty when the body is not complete. */
  readonly id: string;
  readonly status: number | undefined;
  /** Agora's words, or ours when there are none. */
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  /** What query and stop tell of files and uploads. */
  readonly recording: RecordingReport | undefined;
}

/** What `serverResponse.status` says of the recorder. @see R 4.2 */
export const statusOutcomes: ReadonlyMap<number, "starting" | "alive" | "ending" | "abnormal"> = new Map([
  [0, "starting"],
  [1, "starting"],
  [2, "starting"],
  [3, "starting"],
  [4, "alive"],
  [5, "alive"],
  [6, "ending"],
  [7, "ending"],
  [8, "ending"],
  [20, "abnormal"],
]);

type AnswerBody = z.infer<typeof answerBodySchema>;

/** Reads any ending of a call; total: what cannot be read is absent. */
export function readAnswer(call: CallName, exchange: Exchange): AnswerFacts {
  const { kind: arrived, httpStatus, requestId } = exchange;
  if (exchange.kind !== "answered") {
    const { detail: message } = exchange;
    return { arrived, httpStatus, requestId, message, body: "incomplete", id: "", ...nothing };
  }
  const body = parseBody(exchange.bodyText);
  const status = body?.serverResponse?.status;
  const id = (call === "acquire" ? body?.resourceId : call === "start" ? body?.sid : undefined) ?? "";
  return {
    arrived,
    httpStatus,
    requestId,
    code: body?.code,
    gateway: gatewayText(body),
    body: completeness(call, { id, status, body }),
    id,
    status,
    message: body === undefined ? describeBody(exchange.bodyText) : wordsOf(body),
    recording: call === "query" || call === "stop" ? recordingReport(body?.serverResponse) : undefined,
  };
}

const nothing = {
  code: undefined,
  gateway: undefined,
  status: undefined,
  recording: undefined,
} as const;

function parseBody(text: string | undefined): AnswerBody | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = answerBodySchema.safeParse(unwrapped(JSON.parse(text)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // JSON.parse has no other way to say no.
    return undefined;
  }
}

function unwrapped(value: unknown): unknown {
  const envelope = printedEnvelopeSchema.safeParse(value);
  return envelope.success ? envelope.data.Body : value;
}

function completeness(
  call: CallName,
  found: { readonly id: string; readonly status: number | undefined; readonly body: AnswerBody | undefined },
): AnswerFacts["body"] {
  switch (call) {
    case "acquire":
    case "start":
      return found.id === "" ? "incomplete" : "complete";
    case "query":
      if (found.status === undefined) return "incomplete";
      return statusOutcomes.has(found.status) ? "complete" : "outside";
    case "update":
    case "updateLayout":
    case "stop":
      if (found.body === undefined) return "incomplete";
      return found.body.code === undefined || found.body.code === 0 || found.body.code === 200 ? "complete" : "outside";
  }
}

function gatewayText(body: AnswerBody | undefined): GatewayText | undefined {
  if (body?.message === undefined || body.code !== undefined) return undefined;
  if (/^(?:app ?id is invalid|invalid app ?id)/i.test(body.message)) return "appIdInvalid";
  if (/^no route matched/i.test(body.message)) return "noRoute";
  return undefined;
}

/** Older servers put their words into `serverResponse.payload`. @see R 4.4 */
function wordsOf(body: AnswerBody): string | undefined {
  return body.reason ?? body.serverResponse?.payload?.message ?? body.message;
}

function describeBody(text: string | undefined): string {
  if (text === undefined) return "the body is larger than 1 MiB";
  return text === "" ? "the body is empty" : `the body is not a JSON object (${text.length} characters)`;
}

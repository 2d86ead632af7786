import type { Reply } from "../api/handle-request.ts";

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a reply answers; an error when the connection was dropped or left hanging. */
export function answerOf(reply: Reply): Answer {
  if (reply.kind !== "answer") throw new Error(`expected an answer, the connection was given: ${reply.kind}`);
  const { status, body, requestId, headers } = reply;
  if (typeof body !== "object" || body === null) throw new Error(`expected a JSON object, got ${typeof body}`);
  return { status, body: Object.fromEntries(Object.entries(body)), requestId, headers };
}

/** `serverResponse` of a query or stop. */
export function responseOf(answer: Answer): unknown {
  return answer.body["serverResponse"];
}

/** The status that a query shows. */
export function statusOf(answer: Answer): unknown {
  const response = answer.body["serverResponse"];
  return typeof response === "object" && response !== null && "status" in response ? response.status : undefined;
}

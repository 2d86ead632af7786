/** What a call came to: the answer, and whether it changed anything. */
export interface CallResult {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly applied: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer leaves so much later than usual (a synchronous stop waits for the upload). */
  readonly answerDelayMs?: number;
  /** The answer that counts comes later: a synchronous stop waits for files that are really written. */
  readonly pending?: Promise<CallResult>;
  /** Ids that the call brought to light, for the history. */
  readonly sid?: string;
  readonly resourceId?: string;
  readonly recorderStatus?: number;
}

/** An answer of the recording service: HTTP status, `code`, `reason`. */
export function refusal(status: number, code: number, reason: string): CallResult {
  return { status, body: { code, reason }, applied: false };
}

/** An answer of the API gateway, which has a `message` and no code. */
export function gatewayAnswer(status: number, message: string): CallResult {
  return { status, body: { message }, applied: false };
}

export const noRoute = gatewayAnswer(404, "no Route matched with those values");
export const noWorker = refusal(404, 404, "failed to find worker");
export const overWorkers = refusal(400, 406, "vendor_over_load");

import type {
  AcquireAnswer,
  CallReason,
  QueryAnswer,
  RetrySchedule,
  StartAnswer,
  StopAnswer,
  UpdateAnswer,
} from "@autorec/events";
import type { CallOptions, RecordingClient } from "./recording-client.ts";

/** How to wait between two sends. */
export interface RetryingClientOptions {
  /** Waits so many ms; may end earlier, without rejecting, when the signal of the call says so. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type Waits = readonly number[];

/** Classes C and F of Agora's advice for acquire and start, by the schedule of the outcome. @see R 7.4 */
const scheduleWaitsMs: Readonly<Record<RetrySchedule, Waits>> = {
  code65: [3_000, 6_000],
  serverError: [3_000, 6_000, 9_000],
  lost: [1_000, 3_000, 6_000],
  others: [1_000, 2_000, 4_000],
  throttled: [1_000, 2_000, 4_000, 8_000],
  // A worker is free when another recording ends, a right when a person has given it: nothing to wait for here.
  overWorkers: [],
  noCode: [],
  unauthorized: [],
};

/** Whether a recording lives is not known after these: the same question once more. @see R 7.4, 10.2 */
const queryWaitsMs: Partial<Record<CallReason, Waits>> = {
  server_error: [5_000, 10_000, 15_000, 30_000],
  timeout: [1_000, 3_000, 6_000],
  unreachable: [1_000, 3_000, 6_000],
  throttled: [1_000, 2_000, 4_000, 8_000],
};

/** Of update and stop. */
const controlWaitsMs: Partial<Record<CallReason, Waits>> = { ...queryWaitsMs, server_error: [3_000, 6_000, 9_000] };

/**
 * The same client with the retries that Agora documents: 206/65 after 3 and 6 s, server errors of start after 3, 6 and 9 s,
 * of query after 5, 10, 15 and 30 s, lost connections after 1, 3 and 6 s. What repetition cannot cure is answered at once;
 * so is 404, which has a procedure of its own (R 4.4). Who spent the retries of a start acquires anew, under a new uid.
 * Whoever gives up by `signal` gets the last answer that there was. autorec itself does not use it: there each send is written down before it is made. @see R 1.3, 7.4
 */
export function createRetryingClient(client: RecordingClient, options: RetryingClientOptions): RecordingClient {
  const retried =
    <Order, Answer>(send: (order: Order, call?: CallOptions) => Promise<Answer>, waitsOf: (answer: Answer) => Waits) =>
    async (order: Order, call?: CallOptions): Promise<Answer> => {
      for (let tries = 0; ; tries += 1) {
        const answer = await send(order, call);
        const waitMs = waitsOf(answer)[tries];
        if (waitMs === undefined || isOver(call)) return answer;
        await options.sleep(waitMs, call?.signal);
        if (isOver(call)) return answer;
      }
    };
  return {
    acquire: retried((order, call) => client.acquire(order, call), startingWaits),
    start: retried((order, call) => client.start(order, call), startingWaits),
    query: retried(
      (order, call) => client.query(order, call),
      (answer) => controllingWaits(answer, queryWaitsMs),
    ),
    update: retried(
      (order, call) => client.update(order, call),
      (answer) => controllingWaits(answer, controlWaitsMs),
    ),
    updateLayout: retried(
      (order, call) => client.updateLayout(order, call),
      (answer) => controllingWaits(answer, controlWaitsMs),
    ),
    stop: retried(
      (order, call) => client.stop(order, call),
      (answer) => controllingWaits(answer, controlWaitsMs),
    ),
    close: () => client.close(),
  };
}

function isOver(call: CallOptions | undefined): boolean {
  return call?.signal?.aborted === true;
}

function startingWaits(answer: AcquireAnswer | StartAnswer): Waits {
  if (answer.alarm || !("schedule" in answer)) return [];
  return scheduleWaitsMs[answer.schedule];
}

function controllingWaits(
  answer: QueryAnswer | UpdateAnswer | StopAnswer,
  waitsMs: Partial<Record<CallReason, Waits>>,
): Waits {
  return answer.alarm || answer.outcome !== "unknown" ? [] : (waitsMs[answer.reason] ?? []);
}

import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import type { Route, Sent } from "./agora-transport.ts";
import { AgoraTransport } from "./agora-transport.ts";
import type { AnswerFacts, CallName } from "./answer-facts.ts";
import { ApiConfigError, parseConfig } from "./api-config-error.ts";
import { parseStartClientRequest } from "./build-start-client-request.ts";
import {
  acquireAnswer,
  queryAnswer,
  startAnswer,
  stopAnswer,
  synchronousStopAnswer,
  updateAnswer,
} from "./classify-answer.ts";
import type { ParsedClientOptions, RecordingClientOptions } from "./client-options.ts";
import { parseClientOptions } from "./client-options.ts";
import { secretsOf } from "./hide-secrets.ts";
import { interpretAnswer } from "./interpret-answer.ts";
import type { AcquireOrder, QueryOrder, StartOrder, StopOrder, UpdateLayoutOrder, UpdateOrder } from "./orders.ts";
import {
  acquireClientRequest,
  parseAcquireOrder,
  parseQueryOrder,
  parseStartOrder,
  parseStopOrder,
  parseUpdateLayoutOrder,
  parseUpdateOrder,
} from "./orders.ts";
import { SerialLanes } from "./serial-lanes.ts";
import { updateClientRequestSchemas, updateLayoutClientRequestSchema } from "./wire/update-client-request.ts";

/**
 * Agora Cloud Recording of one app: the six calls for modes individual, mix and web. No method rejects for anything that
 * Agora or the network does: every ending is an outcome. A method rejects with `ApiConfigError`, before anything was sent,
 * for a request that can never work. Each call sends at most one request, to one host, and ends within its time limit.
 */
export interface RecordingClient {
  /** A resource for one recording; without effect in the channel, may be repeated. `host` says where it belongs. */
  acquire(order: AcquireOrder, options?: CallOptions): Promise<AcquireAnswer>;
  /** Starts the recorder; `ok` means accepted, only a query shows that it records. */
  start(order: StartOrder, options?: StartOptions): Promise<StartAnswer>;
  query(order: QueryOrder, options?: CallOptions): Promise<QueryAnswer>;
  /** Changes subscriptions, storage keys, pause or stream. Updates of one recording are sent one after the other. */
  update(order: UpdateOrder, options?: CallOptions): Promise<UpdateAnswer>;
  /** Replaces the whole layout (mode mix); what is left out falls back to Agora's default, not to what was. */
  updateLayout(order: UpdateLayoutOrder, options?: CallOptions): Promise<UpdateAnswer>;
  /** Asks the recorder to leave; waits for its uploads only with `async: false`. */
  stop(order: StopOrder, options?: CallOptions): Promise<StopAnswer>;
  /** Waits for the calls under way, at most their time limits, and as long again for late answers; closes all connections. */
  close(): Promise<void>;
}

/** What one call may be told beside its order. */
export interface CallOptions {
  /**
   * Ends the call at once: as not sent if no byte of it has left, else like a timeout, since it may have taken effect. A
   * host is not blamed for it. An update that waits for its turn ends when the turn comes, and is not sent.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What a start may be told beside its order. */
export interface StartOptions extends CallOptions {
  /**
   * Hears the answer that comes when the time limit is over, within a minute of it: the start was told as ambiguous, and
   * this may name the recorder that it made. Not counted as another call.
   */
  readonly late?: ((answer: StartAnswer) => void) | undefined;
}

interface HttpCall {
  readonly call: CallName;
  readonly path: string;
  readonly route: Route;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly isLimitShort?: boolean;
  readonly body?: unknown;
}

/** How an answer is read: what belongs to the call, and what may stand in no text of it. */
interface Reading<Answer> {
  readonly call: CallName;
  readonly durationMs: number;
  readonly secrets: readonly string[];
  readonly classify: Classify<Answer>;
}

type AnyAnswer = AcquireAnswer | StartAnswer | QueryAnswer | UpdateAnswer | StopAnswer;
type Classify<Answer> = (facts: AnswerFacts) => Answer;

/** A client of one app; throws `ApiConfigError` for options that can never work. */
export function createRecordingClient(options: RecordingClientOptions): RecordingClient {
  return new UndiciRecordingClient(options, parseClientOptions(options));
}

class UndiciRecordingClient implements RecordingClient {
  readonly #given: Pick<RecordingClientOptions, "appId" | "clock" | "onCall">;
  readonly #options: ParsedClientOptions;
  readonly #transport: AgoraTransport;
  readonly #updates = new SerialLanes();

  constructor(given: RecordingClientOptions, options: ParsedClientOptions) {
    this.#given = given;
    this.#options = options;
    this.#transport = new AgoraTransport({
      ...options,
      limitMsMax: Math.max(...Object.values(options.limitMs)),
      monotonicMs: () => given.clock.monotonicMs(),
      newRequestId: given.newRequestId,
    });
  }

  async acquire(order: AcquireOrder, { signal }: CallOptions = {}): Promise<AcquireAnswer> {
    const { channelName, uid, mode, startClientRequest } = parseAcquireOrder(order);
    if (startClientRequest !== undefined) parseStartClientRequest(mode, startClientRequest);
    const body = { cname: channelName, uid: String(uid), clientRequest: acquireClientRequest(order) };
    const { acquire: limitMs } = this.#options.limitMs;
    return this.#perform(
      { call: "acquire", path: "/acquire", route: { kind: "any" }, limitMs, signal, body },
      acquireAnswer,
    );
  }

  async start(order: StartOrder, { signal, late }: StartOptions = {}): Promise<StartAnswer> {
    const { resourceId, mode, channelName, uid, clientRequest } = parseStartOrder(order);
    parseStartClientRequest(mode, clientRequest);
    const path = `/resourceid/${encodeURIComponent(resourceId)}/mode/${mode}/start`;
    const body = { cname: channelName, uid: String(uid), clientRequest };
    const { start: limitMs } = this.#options.limitMs;
    const route = this.#startRoute(order);
    return this.#perform({ call: "start", path, route, limitMs, signal, body }, startAnswer, late);
  }

  async query(order: QueryOrder, { signal }: CallOptions = {}): Promise<QueryAnswer> {
    const path = `${sessionPath(parseQueryOrder(order))}/query`;
    return this.#perform(
      { ...control(order), call: "query", path, limitMs: this.#options.limitMs.query, signal },
      queryAnswer,
    );
  }

  async update(order: UpdateOrder, { signal }: CallOptions = {}): Promise<UpdateAnswer> {
    const { mode, clientRequest } = parseUpdateOrder(order);
    parseConfig(updateClientRequestSchemas[mode], clientRequest, { subject: `update request of mode ${mode}` });
    return this.#performInTurn(order, { call: "update", path: `${sessionPath(order)}/update`, signal });
  }

  async updateLayout(order: UpdateLayoutOrder, { signal }: CallOptions = {}): Promise<UpdateAnswer> {
    const { clientRequest } = parseUpdateLayoutOrder(order);
    parseConfig(updateLayoutClientRequestSchema, clientRequest, { subject: "updateLayout request" });
    return this.#performInTurn(order, {
      call: "updateLayout",
      path: `${sessionPath({ ...order, mode: "mix" })}/updateLayout`,
      signal,
    });
  }

  async stop(order: StopOrder, { signal }: CallOptions = {}): Promise<StopAnswer> {
    const { channelName, uid, async: isAsync = true } = parseStopOrder(order);
    const { stop, synchronousStop } = this.#options.limitMs;
    const body = { cname: channelName, uid: String(uid), clientRequest: { async_stop: isAsync } };
    const path = `${sessionPath(order)}/stop`;
    return this.#perform(
      { ...control(order), call: "stop", path, limitMs: isAsync ? stop : synchronousStop, signal, body },
      isAsync ? stopAnswer : synchronousStopAnswer,
    );
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * Agora wants the answer to an update before the next one, and the layout is one of the things updated. Waiting takes at
   * most half of the limit: what is sent has a fair chance of its answer. @see R 5
   */
  #performInTurn(
    order: UpdateOrder | UpdateLayoutOrder,
    http: {
      readonly call: "update" | "updateLayout";
      readonly path: string;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<UpdateAnswer> {
    const { channelName, uid, clientRequest, resourceId, sid } = order;
    const body = { cname: channelName, uid: String(uid), clientRequest };
    const limitMs = this.#options.limitMs[http.call];
    const { clock } = this.#given;
    const askedAtMs = clock.monotonicMs();
    const givenUp = (): UpdateAnswer => {
      const host = order.host ?? this.#options.hosts[0]?.baseUrl ?? "";
      const ended: Sent = { exchange: neverItsTurn, host, sentRequestId: undefined };
      const durationMs = clock.monotonicMs() - askedAtMs;
      return this.#interpret(ended, { ...http, durationMs, secrets: [], classify: updateAnswer });
    };
    return this.#updates.run(`${resourceId}/${sid}`, {
      limitMs: limitMs / 2,
      task: async (isLimitShort) => {
        const restMs = limitMs - (clock.monotonicMs() - askedAtMs);
        if (restMs < limitMs / 2) return givenUp();
        return this.#perform({ ...control(order), ...http, limitMs: restMs, isLimitShort, body }, updateAnswer);
      },
      givenUp,
    });
  }

  async #perform<Answer extends AnyAnswer>(
    http: HttpCall,
    classify: Classify<Answer>,
    late?: (answer: Answer) => void,
  ): Promise<Answer> {
    const { clock, appId } = this.#given;
    const startedAtMs = clock.monotonicMs();
    const { secrets } = this.#options;
    const reading = (): Reading<Answer> => ({
      call: http.call,
      durationMs: clock.monotonicMs() - startedAtMs,
      // Sought only when there is a text that may repeat one.
      get secrets() {
        return [...secrets, ...secretsOf(http.body)];
      },
      classify,
    });
    const sent = await this.#transport.send(
      {
        method: http.body === undefined ? "GET" : "POST",
        path: `/v1/apps/${appId}/cloud_recording${http.path}`,
        headers: http.body === undefined ? {} : jsonHeader,
        body: http.body === undefined ? undefined : JSON.stringify(http.body),
      },
      late === undefined ? http : { ...http, late: (heard) => late(answerOf(heard, reading())) },
    );
    return this.#interpret(sent, reading());
  }

  #interpret<Answer extends AnyAnswer>(sent: Sent, of: Reading<Answer>): Answer {
    const answer = answerOf(sent, of);
    this.#report(answer, { call: of.call, durationMs: of.durationMs, host: sent.host });
    return answer;
  }

  #report(
    answer: AnyAnswer,
    of: { readonly call: CallName; readonly durationMs: number; readonly host: string },
  ): void {
    const { outcome, reason, httpStatus, code, requestId, sentRequestId, unforeseen, excerpt } = answer;
    try {
      this.#given.onCall?.({
        ...of,
        outcome,
        reason,
        ...(httpStatus === undefined ? {} : { httpStatus }),
        ...(code === undefined ? {} : { code }),
        ...(requestId === undefined ? {} : { requestId }),
        ...(sentRequestId === undefined ? {} : { sentRequestId }),
        ...(unforeseen === undefined ? {} : { unforeseen }),
        ...(excerpt === undefined ? {} : { excerpt }),
      });
    } catch (err) {
      // An answer that Agora gave must not be lost because somebody could not count it.
      process.emitWarning(err instanceof Error ? err : "an observer of Agora calls failed");
    }
  }

  /**
   * A resource belongs to the region of its host: another one might start a second recorder. Never the host that happens to
   * be preferred: two sends of a start must meet at one host.
   */
  #startRoute(order: StartOrder): Route {
    const hosts = this.#options.hosts.map(({ baseUrl }) => baseUrl);
    const host = order.host ?? hosts[0];
    if (host !== undefined && hosts.includes(host)) return { kind: "only", host };
    const expected = `one of this client's hosts: ${hosts.join(", ")}`;
    throw new ApiConfigError("start", [{ field: "host", value: JSON.stringify(host), expected }]);
  }
}

function answerOf<Answer extends AnyAnswer>({ exchange, host, sentRequestId }: Sent, of: Reading<Answer>) {
  const read = interpretAnswer(of.call, exchange, of);
  return { ...read, host, ...(sentRequestId === undefined ? {} : { sentRequestId }) };
}

const jsonHeader = { "content-type": "application/json;charset=utf-8" } as const;

const neverItsTurn = {
  kind: "notSent",
  detail: "earlier updates of this recording took more than half of the time limit",
  httpStatus: undefined,
  requestId: undefined,
} as const;

/** A recording may be asked about and stopped through any host. */
function control({ host }: { readonly host?: string | undefined }): { readonly route: Route } {
  return { route: host === undefined ? { kind: "any" } : { kind: "prefer", host } };
}

function sessionPath(order: Pick<QueryOrder, "resourceId" | "sid" | "mode">): string {
  return `/resourceid/${encodeURIComponent(order.resourceId)}/sid/${encodeURIComponent(order.sid)}/mode/${order.mode}`;
}

import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer } from "@autorec/events";
import { Pool } from "undici";
import { acquireAnswer, queryAnswer, startAnswer, stopAnswer } from "./classify-answer.ts";
import type { AnswerFacts, CallName } from "./answer-facts.ts";
import { readAnswer } from "./answer-facts.ts";
import { parseStartClientRequest } from "./build-start-client-request.ts";
import type { ParsedClientOptions, RecordingClientOptions } from "./client-options.ts";
import { parseClientOptions } from "./client-options.ts";
import type { AcquireOrder, QueryOrder, StartOrder, StopOrder } from "./orders.ts";
import { parseAcquireOrder, parseQueryOrder, parseStartOrder, parseStopOrder } from "./orders.ts";
import { exchangeOnce } from "./http-exchange.ts";
import { hideSecrets, secretsOf } from "./hide-secrets.ts";

/**
 * Agora Cloud Recording of one app. No method rejects for anything that Agora or the network does: every ending is an
 * outcome. A method rejects with `ApiConfigError`, before anything was sent, for a request that can never work. Each call
 * sends at most one request, to one host, and ends within its time limit.
 */
export interface RecordingClient {
  /** A resource for one recording; without effect in the channel, may be repeated. */
  acquire(order: AcquireOrder): Promise<AcquireAnswer>;
  /** Starts the recorder; `ok` means accepted, only a query shows that it records. */
  start(order: StartOrder): Promise<StartAnswer>;
  query(order: QueryOrder): Promise<QueryAnswer>;
  /** Asks the recorder to leave, without waiting for its uploads. */
  stop(order: StopOrder): Promise<StopAnswer>;
  /** Waits for the calls under way, at most their time limits, then closes all connections. */
  close(): Promise<void>;
}

/** More calls at a time wait for a connection; far above what an account's request budget lets through. */
const connectionsMax = 128;
/** Shorter than the idle limits of common gateways, so that a request seldom meets a connection that is being closed. */
const keepAliveMs = 10_000;

interface HttpCall {
  readonly call: CallName;
  readonly path: string;
  readonly body?: unknown;
}

/** A client of one app at one host; throws `ApiConfigError` for options that can never work. */
export function createRecordingClient(options: RecordingClientOptions): RecordingClient {
  return new UndiciRecordingClient(parseClientOptions(options));
}

class UndiciRecordingClient implements RecordingClient {
  readonly #options: ParsedClientOptions;
  readonly #pool: Pool;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: ParsedClientOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, {
      connections: connectionsMax,
      pipelining: 1,
      // One call per connection: a call that hangs or is given up touches no other.
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      connect: { timeout: Math.max(...Object.values(options.limitMs)) },
      // The limit of a call covers headers and body.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  async acquire(order: AcquireOrder): Promise<AcquireAnswer> {
    const { channelName, uid, mode, resourceExpiredHour, startClientRequest } = parseAcquireOrder(order);
    if (startClientRequest !== undefined) parseStartClientRequest(mode, startClientRequest);
    const clientRequest = { scene: 0, resourceExpiredHour, startParameter: startClientRequest };
    const body = { cname: channelName, uid: String(uid), clientRequest };
    return this.#perform({ call: "acquire", path: "/acquire", body }, acquireAnswer);
  }

  async start(order: StartOrder): Promise<StartAnswer> {
    const { resourceId, mode, channelName, uid } = parseStartOrder(order);
    const { clientRequest } = order;
    parseStartClientRequest(mode, clientRequest);
    const path = `/resourceid/${encodeURIComponent(resourceId)}/mode/${mode}/start`;
    const body = { cname: channelName, uid: String(uid), clientRequest };
    return this.#perform({ call: "start", path, body }, startAnswer);
  }

  async query(order: QueryOrder): Promise<QueryAnswer> {
    return this.#perform({ call: "query", path: `${sessionPath(parseQueryOrder(order))}/query` }, queryAnswer);
  }

  async stop(order: StopOrder): Promise<StopAnswer> {
    const parsed = parseStopOrder(order);
    const body = { cname: parsed.channelName, uid: String(parsed.uid), clientRequest: { async_stop: true } };
    return this.#perform({ call: "stop", path: `${sessionPath(parsed)}/stop`, body }, stopAnswer);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#pool.destroy();
  }

  async #perform<Answer extends AcquireAnswer | StartAnswer | QueryAnswer | StopAnswer>(
    http: HttpCall,
    classify: (facts: AnswerFacts) => Answer,
  ): Promise<Answer> {
    const { clock, basePath, limitMs } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const exchange = exchangeOnce(
      this.#pool,
      {
        method: http.body === undefined ? "GET" : "POST",
        path: `${basePath}${http.path}`,
        headers: http.body === undefined ? this.#options.headers : { ...this.#options.headers, ...jsonHeader },
        body: http.body === undefined ? undefined : JSON.stringify(http.body),
      },
      limitMs[http.call],
    );
    this.#underWay.add(exchange);
    const facts = readAnswer(http.call, await exchange);
    this.#underWay.delete(exchange);
    const secrets = [...this.#options.secrets, ...secretsOf(http.body)];
    const message = facts.message === undefined ? undefined : hideSecrets(facts.message, secrets);
    const answer = classify({ ...facts, message });
    this.#report(http.call, answer, clock.monotonicMs() - startedAtMs);
    return answer;
  }

  #report(call: CallName, answer: AcquireAnswer | StartAnswer | QueryAnswer | StopAnswer, durationMs: number): void {
    const { outcome, reason, httpStatus, code, requestId } = answer;
    try {
      this.#options.onCall?.({
        call,
        outcome,
        reason,
        durationMs,
        ...(httpStatus === undefined ? {} : { httpStatus }),
        ...(code === undefined ? {} : { code }),
        ...(requestId === undefined ? {} : { requestId }),
      });
    } catch (err) {
      // An answer that Agora gave must not be lost because somebody could not count it.
      process.emitWarning(err instanceof Error ? err : "an observer of Agora calls failed");
    }
  }
}

const jsonHeader = { "content-type": "application/json;charset=utf-8" } as const;

function sessionPath(order: QueryOrder): string {
  return `/resourceid/${encodeURIComponent(order.resourceId)}/sid/${encodeURIComponent(order.sid)}/mode/${order.mode}`;
}

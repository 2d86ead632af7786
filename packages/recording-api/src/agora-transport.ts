import { Pool } from "undici";
import type { AgoraHost, CircuitOptions } from "./client-options.ts";
import type { HostExperience, HostTurn } from "./host-book.ts";
import { HostBook } from "./host-book.ts";
import type { Exchange, HttpRequest, LateListener } from "./http-exchange.ts";
import { exchangeOnce } from "./http-exchange.ts";

/** More calls at a time wait for a connection; far above what an account's request budget lets through. */
const connectionsMax = 128;
/** Shorter than the idle limits of common gateways, so that a request seldom meets a connection that is being closed. */
const keepAliveMs = 10_000;
/** Answers that are listened for beyond their limit keep this share of the connections at most; the rest is for new calls. */
const lateMax = 32;
/** An answer that takes longer is not worth a connection any more. */
const lateMs = 60_000;

/** What all requests of one client have in common. */
export interface AgoraTransportOptions {
  readonly hosts: readonly AgoraHost[];
  readonly circuit: CircuitOptions;
  readonly headers: Readonly<Record<string, string>>;
  /** The longest limit of any call. */
  readonly limitMsMax: number;
  readonly monotonicMs: () => number;
  readonly newRequestId: (() => string) | undefined;
}

/** `only`: to this host or not at all. `prefer`: there, unless it fails and another one stands. `any`: as the book says. */
export type Route =
  { readonly kind: "only" | "prefer"; readonly host: string } | { readonly kind: "any"; readonly host?: undefined };

/** How one request ended, and where it went. */
export interface Sent {
  readonly exchange: Exchange;
  /** Where it went, or would have gone. */
  readonly host: string;
  readonly sentRequestId: string | undefined;
}

/** The connections to Agora's hosts: kept alive, one pool a host, each request sent at most once to one host. */
export class AgoraTransport {
  readonly #options: AgoraTransportOptions;
  readonly #book: HostBook;
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Each with the time limit that its call had. */
  readonly #listening = new Map<Promise<unknown>, number>();

  constructor(options: AgoraTransportOptions) {
    this.#options = options;
    this.#book = new HostBook({ hosts: options.hosts, ...options.circuit });
    this.#pools = new Map(options.hosts.map(({ baseUrl, origin }) => [baseUrl, poolTo(origin, options.limitMsMax)]));
  }

  /**
   * `request.path` follows the host's own path. Never rejects. With `isLimitShort`, or given up by `signal`, a failure is
   * not held against the host: it was not given the time that such a call takes. `late` hears an answer that comes after
   * the limit, if one comes within a minute and not too many others are listened for.
   */
  async send(
    request: HttpRequest,
    options: {
      readonly route: Route;
      readonly limitMs: number;
      readonly signal?: AbortSignal | undefined;
      readonly isLimitShort?: boolean;
      readonly late?: ((sent: Sent) => void) | undefined;
    },
  ): Promise<Sent> {
    const { route, limitMs, signal, late } = options;
    const { hosts, monotonicMs, newRequestId } = this.#options;
    const sentRequestId = newRequestId?.();
    const turn = this.#turn(route);
    const host = hosts.find(({ baseUrl }) => baseUrl === (turn?.baseUrl ?? route.host)) ?? hosts[0];
    const pool = this.#pools.get(host?.baseUrl ?? "");
    if (turn === undefined || host === undefined || pool === undefined) {
      return { exchange: leftAlone, host: host?.baseUrl ?? "", sentRequestId };
    }
    const exchange = exchangeOnce(
      pool,
      {
        ...request,
        path: `${host.path}${request.path}`,
        headers: {
          ...this.#options.headers,
          ...request.headers,
          ...(sentRequestId === undefined ? {} : { "x-request-id": sentRequestId }),
        },
      },
      {
        limitMs,
        signal,
        ...(late === undefined
          ? {}
          : {
              listenOn: () =>
                this.#listenOn(limitMs, (exchange) => late({ exchange, host: host.baseUrl, sentRequestId })),
            }),
      },
    );
    this.#underWay.add(exchange);
    const ended = await exchange;
    this.#underWay.delete(exchange);
    const hadLessTime = options.isLimitShort === true || signal?.aborted === true;
    turn.end(hadLessTime && ended.kind !== "answered" ? "nothing" : experienceOf(ended), monotonicMs());
    return { exchange: ended, host: host.baseUrl, sentRequestId };
  }

  /**
   * Waits for the requests under way, at most their time limits, and for answers that are late, at most as long again; closes
   * all connections.
   */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    const enough = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => enough.resolve(undefined), Math.max(0, ...this.#listening.values()));
    await Promise.race([Promise.all(this.#listening.keys()), enough.promise]);
    clearTimeout(timer);
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #listenOn(limitMs: number, heard: (exchange: Exchange) => void): LateListener | undefined {
    if (this.#listening.size >= lateMax) return undefined;
    const ended = Promise.withResolvers<undefined>();
    this.#listening.set(ended.promise, limitMs);
    return {
      forMs: lateMs,
      ended: (answer) => {
        this.#listening.delete(ended.promise);
        ended.resolve(undefined);
        if (answer !== undefined) heard(answer);
      },
    };
  }

  #turn(route: Route): HostTurn | undefined {
    const nowMs = this.#options.monotonicMs();
    return route.kind === "only" ? this.#book.only(route.host, nowMs) : this.#book.next(nowMs, route.host);
  }
}

/** Nothing was sent: every host that might take it has failed too often and waits for its next probe. */
const leftAlone: Exchange = {
  kind: "notSent",
  detail: "the host did not answer several times in a row and is left alone for a moment",
  httpStatus: undefined,
  requestId: undefined,
};

function poolTo(origin: string, limitMsMax: number): Pool {
  return new Pool(origin, {
    connections: connectionsMax,
    pipelining: 1,
    // One call per connection: a call that hangs or is given up touches no other.
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: { timeout: limitMsMax },
    // The limit of a call covers headers and body.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Any HTTP answer shows that the host stands: what it says is the outcome table's business. */
function experienceOf(exchange: Exchange): HostExperience {
  if (exchange.kind === "answered") return "answered";
  return exchange.detail === "ENOTFOUND" || exchange.detail === "EAI_AGAIN" ? "name" : "network";
}

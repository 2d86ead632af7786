import type { Dispatcher } from "undici";

/** Larger answers are not read to their end: Agora's are a few KiB. */
const bodyBytesMax = 1_048_576;

/** How one request ended, before anybody asks what the answer means. */
export type Exchange =
  | {
      readonly kind: "answered";
      readonly httpStatus: number;
      readonly requestId: string | undefined;
      /** Undefined when it was larger than a MiB. */
      readonly bodyText: string | undefined;
    }
  | {
      /**
       * `notSent`: not one byte left this process. `timeout`, `lost`: the request left, its answer did not arrive whole
       * within the limit or before the connection broke; it may have taken effect.
       */
      readonly kind: "notSent" | "timeout" | "lost";
      readonly detail: string;
      /** Known when the answer broke off after its headers. */
      readonly httpStatus: number | undefined;
      readonly requestId: string | undefined;
    };

/** A request as it will be written. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** How long an answer is waited for, and what becomes of one that comes later. */
export interface ExchangeLimits {
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked at the limit of a request that has left: who hears its answer still. Absent: it is given up. */
  readonly listenOn?: (() => LateListener | undefined) | undefined;
}

/** Hears of an answer that comes after its limit. */
export interface LateListener {
  readonly forMs: number;
  /** Once: the whole answer, or undefined when none has come. */
  readonly ended: (answer: Extract<Exchange, { readonly kind: "answered" }> | undefined) => void;
}

/**
 * Sends a request once and reports how that ended, at the latest after `limitMs`, waiting for a free connection, connecting
 * and reading the whole body included, or as soon as `signal` says so. Never rejects; a request that was reported as
 * `notSent` is never sent later. What has arrived within the limit is an answer, however late this process reads it.
 */
export function exchangeOnce(dispatcher: Dispatcher, request: HttpRequest, limits: ExchangeLimits): Promise<Exchange> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(resolve, limits);
    if (handler.isSettled) return;
    try {
      dispatcher.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: { ...request.headers },
          ...(request.body === undefined ? {} : { body: request.body }),
        },
        handler,
      );
    } catch (err) {
      // undici throws for requests that it cannot even queue.
      handler.fail(err);
    }
  });
}

const givenUpByCaller = "given up by the caller";

/** undici calls `onRequestStart` on a connection that stands, right before the first byte is written. */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (exchange: Exchange) => void;
  readonly #limits: ExchangeLimits;
  #timer: NodeJS.Timeout;
  #late: LateListener | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isSettled = false;
  #httpStatus: number | undefined;
  #requestId: string | undefined;
  readonly #chunks: Buffer[] = [];
  #bodyBytes = 0;

  constructor(resolve: (exchange: Exchange) => void, limits: ExchangeLimits) {
    const { limitMs, signal } = limits;
    this.#resolve = resolve;
    this.#limits = limits;
    // Timers run before sockets are read: a process that stood still has its answers lying there.
    this.#timer = setTimeout(() => setImmediate(() => this.#runOut()), limitMs);
    if (signal?.aborted === true) this.#giveUp();
    else signal?.addEventListener("abort", this.#giveUp);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The limit is over: whoever asked goes on without the answer, and somebody else may hear it. */
  #runOut(): void {
    if (this.#isSettled) return;
    const detail = `no whole answer within ${this.#limits.limitMs} ms`;
    this.#late = this.#controller === undefined ? undefined : this.#limits.listenOn?.();
    if (this.#late === undefined) {
      this.#break("timeout", detail);
      return;
    }
    this.#settle({ kind: "timeout", detail, httpStatus: this.#httpStatus, requestId: this.#requestId });
    this.#timer = setTimeout(() => this.#break("timeout", detail), this.#late.forMs);
  }

  /** Whoever asked wants no answer any more: a limit like the other one. */
  readonly #giveUp = (): void => {
    this.#break("timeout", givenUpByCaller);
  };

  fail(err: unknown): void {
    this.#break("lost", describeFailure(err));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled || this.#controller !== undefined) {
      // Too late, or a second send that undici tries by itself: one send = one recorded send.
      this.#break("lost", "the connection broke and the request was not repeated");
      controller.abort(new Error("request given up"));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#httpStatus = statusCode;
    const requestId = headers["x-request-id"];
    this.#requestId = (Array.isArray(requestId) ? requestId[0] : requestId)?.slice(0, 200);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > bodyBytesMax) this.#answer(undefined);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#answer(new TextDecoder().decode(Buffer.concat(this.#chunks)));
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, err: Error): void {
    this.fail(err);
  }

  #answer(bodyText: string | undefined): void {
    const httpStatus = this.#httpStatus;
    if (httpStatus === undefined) {
      this.#break("lost", "an answer without a status");
      return;
    }
    const answered = { kind: "answered", httpStatus, requestId: this.#requestId, bodyText } as const;
    this.#endLate(answered);
    this.#settle(answered);
    if (bodyText === undefined) this.#controller?.abort(new Error("answer too large"));
  }

  #break(kind: "timeout" | "lost", detail: string): void {
    this.#endLate(undefined);
    this.#settle({
      kind: this.#controller === undefined ? "notSent" : kind,
      detail,
      httpStatus: this.#httpStatus,
      requestId: this.#requestId,
    });
    this.#controller?.abort(new Error("request given up"));
  }

  #endLate(answer: Extract<Exchange, { readonly kind: "answered" }> | undefined): void {
    const late = this.#late;
    this.#late = undefined;
    if (late === undefined) return;
    clearTimeout(this.#timer);
    late.ended(answer);
  }

  #settle(exchange: Exchange): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener("abort", this.#giveUp);
    this.#resolve(exchange);
  }
}

function describeFailure(err: unknown): string {
  if (!(err instanceof Error)) return "unknown failure";
  const code: unknown = Reflect.get(err, "code");
  return typeof code === "string" ? code : err.name;
}

import type { Durations } from "@autorec/domain";
import type { Clock } from "@autorec/service-kit";
import { StoreError } from "@autorec/session-store";
import type { Chances, Fate, Site } from "./fate.ts";
import { quiet } from "./sim-clock.ts";
import type { SimClock } from "./sim-clock.ts";

/** What may go wrong as a process talks to the outside. */
export type PortFault = "crashBefore" | "crashAfter" | "lostRequest" | "lostAnswer" | "pause" | "slow";

/** One way of a process to the outside, and how often it fails. */
export interface Port {
  readonly site: Site;
  readonly chances: Chances<PortFault>;
  /** A caller that hears nothing gives up after so long. */
  readonly limitMs: number;
  readonly wayMsMax: number;
}

export interface ProcessTools {
  readonly clock: SimClock;
  readonly fate: Fate;
  readonly durations: Durations;
  readonly trace: ((line: () => string) => void) | undefined;
}

/**
 * A process that may die, freeze or lose its words at every place where it talks to the outside. What a dead one waited for
 * never comes; what a frozen one waited for comes when it wakes. Its clock has an offset and a rate of its own.
 */
export class SimProcess {
  readonly name: string;
  readonly tools: ProcessTools;
  readonly #rate: number;
  readonly #offsetMs: number;
  #life = 0;
  #isAlive = false;
  #frozenUntilMs = 0;
  #tokens = 0;
  readonly #sites = new Map<string, Site>();
  readonly #begin: (process: SimProcess) => void;
  readonly #ended: () => void;

  constructor(
    name: string,
    tools: ProcessTools,
    options: { readonly begin: (process: SimProcess) => void; readonly ended: () => void },
  ) {
    this.name = name;
    this.tools = tools;
    this.#begin = options.begin;
    this.#ended = options.ended;
    const random = tools.fate.random(`${name} clock`);
    this.#rate = 1 + (random.next() - 0.5) * 0.000_2;
    this.#offsetMs = random.between(-60_000, 60_000);
  }

  /** The name of this incarnation. */
  get id(): string {
    return `${this.name}.${String(this.#life)}`;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.tools.clock.nowMs < this.#frozenUntilMs;
  }

  /** A place of this process where something may go wrong or vary, the same in all its lives. */
  site(name: string): Site {
    const known = this.#sites.get(name);
    if (known !== undefined) return known;
    const site = this.tools.fate.site(`${this.name} ${name}`);
    this.#sites.set(name, site);
    return site;
  }

  start(): void {
    this.#life += 1;
    this.#isAlive = true;
    this.#frozenUntilMs = 0;
    this.tools.trace?.(() => `${this.id} starts`);
    this.#begin(this);
  }

  /** SIGKILL; it is started again after a while. */
  crash(): void {
    if (!this.#isAlive) return;
    this.tools.trace?.(() => `${this.id} dies`);
    this.#isAlive = false;
    this.#life += 1;
    this.#ended();
    const { clock, durations } = this.tools;
    clock.in(this.site("restart").between(500, durations.leaseMs / 2), () => this.start());
  }

  /** SIGSTOP, up to three leases long; who is stopped already wakes no earlier. */
  freeze(): void {
    const { clock, durations } = this.tools;
    if (!this.#isAlive) return;
    const untilMs = clock.nowMs + this.site("freeze").between(1_000, 3 * durations.leaseMs);
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, untilMs);
    this.tools.trace?.(() => `${this.id} is frozen for ${String(this.#frozenUntilMs - clock.nowMs)} ms`);
  }

  /** The local clock: skewed, and a little fast or slow. */
  get localClock(): Clock {
    return {
      nowMs: () => this.tools.clock.nowMs + this.#offsetMs,
      monotonicMs: () => this.monotonicMs(),
      sleep: (ms, signal) => this.sleep(ms, signal),
    };
  }

  monotonicMs(): number {
    return this.tools.clock.nowMs * this.#rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        callOff();
        resolve();
      };
      const callOff = this.after(ms, wake);
      signal?.addEventListener("abort", wake);
    });
  }

  /** A local timer; answers how to call it off. */
  after(ms: number, run: () => void): () => void {
    const stir = (): Stir => {
      run();
      return undefined;
    };
    let isOff = !this.#isAlive;
    const life = this.#life;
    this.tools.clock.in(ms / this.#rate, () => (isOff ? quiet : this.#whenAwake(life, stir)));
    return () => {
      isOff = true;
    };
  }

  newToken(): string {
    this.#tokens += 1;
    return `${this.id}-${String(this.#tokens)}`;
  }

  entropy(): number {
    return Math.floor(this.site("entropy").amount() * 2 ** 32);
  }

  /** A request to Redis or Kafka: rejects when request or answer is lost. */
  ask<T>(port: Port, effect: () => T | Promise<T>): Promise<T> {
    return this.call(port, effect, loses);
  }

  /** A request whose effect may come late, or come and never be heard of. `silence` is what the caller makes of no answer. */
  call<T>(port: Port, effect: () => T | Promise<T>, silence: () => T): Promise<T> {
    const { clock, fate, trace } = this.tools;
    if (!this.#isAlive) return never();
    const life = this.#life;
    const { site } = port;
    const fault = site.meet(port.chances);
    if (fault !== undefined) trace?.(() => `${this.id} ${site.name}: ${fault}`);
    if (fault === "crashBefore") {
      this.crash();
      return never();
    }
    if (fault === "pause") this.freeze();
    const isSlow = fault === "slow";
    const thereMs = isSlow ? port.limitMs * fate.amount("slow") * 0.9 : this.#wayMs(port);
    return new Promise<T>((resolve, reject) => {
      const hear = (answer: () => T, delayMs: number): Stir => {
        const give = (): Stir => this.#whenAwake(life, () => settle({ answer, resolve, reject }));
        if (delayMs === 0) return give();
        clock.in(delayMs, give);
        return quiet;
      };
      const answered = (answer: () => T): Stir => {
        if (fault === "crashAfter" && life === this.#life) {
          this.crash();
          return undefined;
        }
        if (fault === "lostAnswer") return hear(silence, port.limitMs - thereMs);
        // Mostly nothing happens between effect and answer.
        return hear(answer, site.amount() < 0.7 ? 0 : this.#wayMs(port));
      };
      const send = (): Stir => {
        if (fault === "lostRequest") return hear(silence, port.limitMs);
        clock.in(thereMs, () => carryOut(effect, answered));
        return quiet;
      };
      // A frozen process sends what it had already begun when it wakes.
      this.#whenAwake(life, send);
    });
  }

  #wayMs({ site, wayMsMax }: Port): number {
    return 1 + Math.floor(site.amount() * wayMsMax);
  }

  #whenAwake(life: number, run: () => Stir): Stir {
    if (life !== this.#life) return quiet;
    const { clock } = this.tools;
    if (clock.nowMs >= this.#frozenUntilMs) return run();
    clock.in(this.#frozenUntilMs - clock.nowMs, () => this.#whenAwake(life, run));
    return quiet;
  }
}

/** Whether something was set off in promises, as the clock asks. */
type Stir = typeof quiet | undefined;

const unreachable = new StoreError("no answer", { code: "REC_REDIS_UNREACHABLE", retry: "retry" });

/** What a dead process waits for. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

function loses(): never {
  throw unreachable;
}

/** Does it, and passes on what came of it; a promise is answered, since time must not go on before. */
function carryOut<T>(effect: () => T | Promise<T>, answered: (answer: () => T) => Stir): Promise<Stir> | Stir {
  try {
    const value = effect();
    if (value instanceof Promise) {
      return value.then(
        (later) => answered(() => later),
        (err: unknown) => answered(() => rethrow(err)),
      );
    }
    return answered(() => value);
  } catch (err) {
    return answered(() => rethrow(err));
  }
}

function rethrow(err: unknown): never {
  throw err instanceof Error ? err : new Error(String(err));
}

function settle<T>(at: {
  readonly answer: () => T;
  readonly resolve: (value: T) => void;
  readonly reject: (err: Error) => void;
}): undefined {
  try {
    at.resolve(at.answer());
  } catch (err) {
    at.reject(err instanceof Error ? err : new Error(String(err)));
  }
  return undefined;
}

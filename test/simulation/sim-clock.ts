const nothing = Promise.resolve();

interface Appointment {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => unknown;
}

/** What an appointment answers that has set off nothing in promises: the next one may begin at once. */
export const quiet = Symbol("quiet");

/**
 * The one clock of a simulated world: time passes only from one appointment to the next, always in the same order. All that an
 * appointment sets off in promises has come to rest before the next one begins.
 */
export class SimClock {
  #nowMs: number;
  #order = 0;
  readonly #heap: Appointment[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs something once, `delayMs` from now; a promise that it answers is awaited before time goes on, `quiet` is not. */
  in(delayMs: number, run: () => unknown): void {
    this.#order += 1;
    this.#push({ atMs: this.#nowMs + Math.max(0, Math.round(delayMs)), order: this.#order, run });
  }

  /** Lets time pass up to a moment; `afterEach` runs after every appointment and ends the run by answering false. */
  async runUntil(endMs: number, afterEach: () => boolean): Promise<void> {
    const isOver = await new Promise<boolean>((resolve, reject) => {
      // Node runs a tick that a promise asks for only when no promise has anything left to do, and promises only when no tick
      // is left: unlike a turn of the event loop both cost next to nothing.
      const tick = (): void => process.nextTick(goOn);
      const rested = (): unknown => nothing.then(tick);
      const goOn = (): void => {
        try {
          if (!afterEach()) {
            resolve(false);
            return;
          }
          for (;;) {
            const next = this.#heap[0];
            if (next === undefined || next.atMs > endMs) {
              resolve(true);
              return;
            }
            this.#pop();
            this.#nowMs = next.atMs;
            const pending = next.run();
            if (pending === quiet) continue;
            if (pending instanceof Promise) pending.then(rested, reject);
            else rested();
            return;
          }
        } catch (err) {
          reject(err instanceof Error ? err : new Error(String(err)));
        }
      };
      goOn();
    });
    if (isOver) this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(appointment);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, appointment)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = appointment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      if (left === undefined) break;
      const right = heap[2 * index + 2];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}

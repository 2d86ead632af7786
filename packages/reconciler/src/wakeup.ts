/** Runs something once after so many ms; answers how to call it off. */
export type Timer = (ms: number, run: () => void) => () => void;

/** The machine's own timers. */
export const machineTimer: Timer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Lets one waiter sleep until something happens or its time is up. */
export class Wakeup {
  readonly #after: Timer;
  #ring: (() => void) | undefined;

  constructor(after: Timer) {
    this.#after = after;
  }

  ring(): void {
    this.#ring?.();
  }

  async wait(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const callOff = this.#after(limitMs, resolve);
      this.#ring = () => {
        callOff();
        resolve();
      };
    });
    this.#ring = undefined;
  }
}

/** Lets one waiter sleep until something happens or its time is up. */
export class Wakeup {
  #ring: (() => void) | undefined;

  ring(): void {
    this.#ring?.();
  }

  async wait(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#ring = undefined;
  }
}

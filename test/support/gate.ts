/** A door that a test closes and opens: what stands before it goes on when it is open again, in order. */
export class Gate {
  #closed: Promise<void> | undefined;
  #open: () => void = () => undefined;

  close(): void {
    if (this.#closed !== undefined) return;
    this.#closed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#closed = undefined;
    this.#open();
  }

  async pass(): Promise<void> {
    await this.#closed;
  }

  /** Neither the work nor its result passes while the gate is closed. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    await this.pass();
    try {
      return await work();
    } finally {
      await this.pass();
    }
  }
}

interface Appointment {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** The one clock of a simulated world: time passes only from one appointment to the next, always in the same order. */
export class FakeClock {
  #nowMs: number;
  #order = 0;
  readonly #appointments: Appointment[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs something once, `delayMs` from now. */
  in(delayMs: number, run: () => void): void {
    this.#order += 1;
    const appointment = { atMs: this.#nowMs + Math.max(0, Math.round(delayMs)), order: this.#order, run };
    let index = this.#appointments.length;
    while (index > 0 && (this.#appointments[index - 1]?.atMs ?? 0) > appointment.atMs) index -= 1;
    this.#appointments.splice(index, 0, appointment);
  }

  /** Lets time pass up to a moment; `afterEach` runs after every appointment. */
  runUntil(endMs: number, afterEach: () => void): void {
    for (;;) {
      const next = this.#appointments[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#appointments.shift();
      this.#nowMs = next.atMs;
      next.run();
      afterEach();
    }
    this.#nowMs = endMs;
  }
}

import { createSlots } from "../time/slots.ts";

/** Lets so many through at a time, the others in the order in which they came. */
export interface Turnstile {
  readonly pass: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

export function createTurnstile(atOnceMax: number): Turnstile {
  const slots = createSlots(() => atOnceMax);
  return {
    pass: async (work) => {
      await slots.take();
      try {
        return await work();
      } finally {
        slots.give();
      }
    },
  };
}

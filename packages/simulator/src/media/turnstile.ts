/** Lets so many through at a time, the others in the order in which they came. */
export interface Turnstile {
  readonly pass: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

export function createTurnstile(atOnceMax: number): Turnstile {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    pass: async (work) => {
      if (inside < atOnceMax) inside += 1;
      // Whoever goes hands its place over, so that nobody slips in between.
      else {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) inside -= 1;
        else next();
      }
    },
  };
}

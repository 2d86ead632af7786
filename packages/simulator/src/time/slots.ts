/** Lets so many in at a time; who comes later waits, in order. */
export interface Slots {
  readonly take: () => Promise<void>;
  readonly give: () => void;
  /** Lets everybody in who waits. */
  readonly open: () => void;
}

/** @param limit asked each time: it may change. */
export function createSlots(limit: () => number): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    take: () => {
      if (taken < limit()) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    give: () => {
      const next = waiting.shift();
      // The slot goes from hand to hand, so that nobody slips in between.
      if (next === undefined) taken -= 1;
      else next();
    },
    open: () => {
      for (const enter of waiting.splice(0)) enter();
    },
  };
}

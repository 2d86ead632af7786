/** One task at a time for each key, in the order of arrival; different keys do not wait for each other. */
export class SerialLanes {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs `task` when all earlier ones of its key have ended. After `limitMs` of waiting `givenUp` runs in its place and
   * the task never starts. The task hears whether it had to wait.
   */
  async run<Result>(
    key: string,
    lane: {
      readonly limitMs: number;
      readonly task: (hasWaited: boolean) => Promise<Result>;
      readonly givenUp: () => Result;
    },
  ): Promise<Result> {
    const earlier = this.#tails.get(key);
    const turn = Promise.withResolvers<undefined>();
    const tail = (earlier ?? Promise.resolve()).then(() => turn.promise);
    this.#tails.set(key, tail);
    try {
      if (earlier !== undefined && !(await isOverWithin(earlier, lane.limitMs))) return lane.givenUp();
      return await lane.task(earlier !== undefined);
    } finally {
      turn.resolve(undefined);
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}

async function isOverWithin(earlier: Promise<void>, limitMs: number): Promise<boolean> {
  const limit = Promise.withResolvers<false>();
  const timer = setTimeout(() => limit.resolve(false), limitMs);
  try {
    return await Promise.race([earlier.then(() => true), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

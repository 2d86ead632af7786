/** One replacement; `find` must occur exactly once in `file`. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One seeded fault: with its edits in place the vitest file `test` must go red, without them it must be green. */
export interface Mutation extends Edit {
  /** Number in the protocol's list of mutations; from 43 on our own. */
  readonly id: number;
  readonly title: string;
  /** Further edits without which the fault would not be whole. */
  readonly also?: readonly Edit[];
  readonly test: string;
  /** Only tests whose name contains this: for files in which the others take long. */
  readonly testName?: string;
}

/** Whether the mutation's test needs neither Redis nor Kafka. */
export function isPure(mutation: Pick<Mutation, "test">): boolean {
  return !mutation.test.startsWith("test/");
}

import { atEndOfTurn } from "./end-of-turn.ts";

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (err: unknown) => void;
}

/**
 * Answers what is asked in one turn of the event loop with one run per key, at most `most` items each, in the order of the
 * asking. `run` answers item by item; when it throws, all of them do.
 */
export function together<Key, Item, Answer>(
  run: (key: Key, items: readonly Item[]) => Promise<readonly Answer[]>,
  options: { readonly nameOf: (key: Key) => string; readonly most: number },
): (key: Key, item: Item) => Promise<Answer> {
  const groups = new Map<string, { readonly key: Key; readonly waiting: Waiting<Item, Answer>[] }>();

  function answer(key: Key, waiting: readonly Waiting<Item, Answer>[]): void {
    const items = waiting.map(({ item }) => item);
    run(key, items).then(
      (answers) => {
        for (const [i, { reject, resolve }] of waiting.entries()) {
          const own = answers[i];
          if (own === undefined) reject(new Error(`no answer for item ${String(i + 1)} of ${String(items.length)}`));
          else resolve(own);
        }
      },
      (err: unknown) => {
        for (const { reject } of waiting) reject(err);
      },
    );
  }

  return (key, item) =>
    new Promise((resolve, reject) => {
      const name = options.nameOf(key);
      const group = groups.get(name) ?? { key, waiting: [] };
      group.waiting.push({ item, resolve, reject });
      if (groups.has(name)) return;
      groups.set(name, group);
      atEndOfTurn(() => {
        groups.delete(name);
        while (group.waiting.length > 0) answer(key, group.waiting.splice(0, options.most));
      });
    });
}

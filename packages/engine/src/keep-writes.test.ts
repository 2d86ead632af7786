import { expect, test } from "vitest";
import { keepWrites } from "./keep-writes.ts";

function watch(identities: readonly (string | Error)[], failing = 0) {
  const stopping = new AbortController();
  const done: string[] = [];
  let nowMs = 1_000_000;
  let i = 0;
  let fails = failing;
  const options = {
    store: {
      identity() {
        const next = identities[i] ?? "";
        i += 1;
        if (i >= identities.length) stopping.abort();
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
    },
    everyMs: 3_000,
    retell: (seenAtMs: number) => Promise.resolve(done.push(`retell ${String(seenAtMs)}`)),
    reapply(sinceMs: number) {
      fails -= 1;
      if (fails >= 0) return Promise.reject(new Error("kafka is away"));
      return Promise.resolve(done.push(`reapply ${String(sinceMs - 1_000_000)}`));
    },
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs - 1_000_000,
      sleep(ms: number) {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    log: { info: () => undefined, warn: () => undefined },
  };
  return { done, run: () => keepWrites(options, stopping.signal) };
}

test("as long as the same Redis answers nothing is told again, and an unanswered question proves nothing", async () => {
  const { done, run } = watch(["a", new Error("away"), "a", "a"]);
  await run();
  expect(done).toEqual([]);
});

test("when another Redis answers, events are applied again from a minute before the last one was seen", async () => {
  const { done, run } = watch(["a", "a", new Error("away"), "b", "b"]);
  await run();
  expect(done).toEqual(["retell 3000", "reapply -57000"]);
});

test("what could not be told again is tried again until it is done, once", async () => {
  const { done, run } = watch(["a", "b", "b", "b", "b"], 2);
  await run();
  expect(done).toEqual(["retell 0", "retell 0", "retell 0", "reapply -60000"]);
});

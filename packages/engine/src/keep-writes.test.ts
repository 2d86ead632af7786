import type { SeenServer } from "@autorec/session-store";
import { expect, test } from "vitest";
import { keepWrites } from "./keep-writes.ts";

interface Watched {
  readonly failing?: number;
  /** What another process has left in Redis, and how long ago. */
  readonly left?: { readonly identity: string; readonly agoMs: number };
  readonly isReader?: boolean;
  /** How long answers about the identity are on their way, and how long events are applied again. */
  readonly answersMs?: readonly number[];
  readonly reapplyMs?: number;
}

function watch(
  identities: readonly (string | Error)[],
  { answersMs = [], failing = 0, isReader = true, left, reapplyMs = 0 }: Watched = {},
) {
  const stopping = new AbortController();
  const done: string[] = [];
  const remembered: string[] = [];
  const errors: string[] = [];
  let nowMs = 1_000_000;
  let i = 0;
  let fails = failing;
  const reapply = (sinceMs: number): Promise<unknown> => {
    fails -= 1;
    if (fails >= 0) return Promise.reject(new Error("kafka is away"));
    done.push(`reapply ${String(sinceMs - 1_000_000)}`);
    nowMs += reapplyMs;
    return Promise.resolve();
  };
  const options = {
    store: {
      identity() {
        const next = identities[i] ?? "";
        nowMs += answersMs[i] ?? 0;
        i += 1;
        if (i >= identities.length) stopping.abort();
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
      lastServer: () =>
        Promise.resolve(left === undefined ? undefined : { identity: left.identity, atMs: 1_000_000 - left.agoMs }),
      rememberServer({ identity, atMs }: SeenServer) {
        remembered.push(`${identity} ${String(atMs - 1_000_000)}`);
        return Promise.resolve();
      },
    },
    everyMs: 3_000,
    retell: (seenAtMs: number) => Promise.resolve(done.push(`retell ${String(seenAtMs)}`)),
    ...(isReader ? { reapply } : {}),
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs - 1_000_000,
      sleep(ms: number) {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (...said: readonly unknown[]) => errors.push(String(said[1])),
    },
  };
  return { done, errors, remembered, run: () => keepWrites(options, stopping.signal) };
}

test("as long as the same Redis answers nothing is told again, and an unanswered question proves nothing", async () => {
  const { done, run } = watch(["a", new Error("away"), "a", "a"]);
  await run();
  expect(done).toEqual([]);
});

test("when another Redis answers, events are applied again from minutes before the last one was seen", async () => {
  const { done, run } = watch(["a", "a", new Error("away"), "b", "b"]);
  await run();
  expect(done).toEqual(["retell 3000", "reapply -357000"]);
});

test("what could not be told again is tried again until it is done, once", async () => {
  const { done, run } = watch(["a", "b", "b", "b", "b"], { failing: 2 });
  await run();
  expect(done).toEqual(["retell 0", "retell 0", "retell 0", "reapply -360000"]);
});

test("what was seen counts from the question on: a process may be stopped before it hears the answer", async () => {
  const { done, run } = watch(["a", "b"], { answersMs: [600_000] });
  await run();
  expect(done).toEqual(["retell 0", "reapply -360000"]);
});

test("a second failover while the events of the first are applied again loses none of what came since", async () => {
  const { done, run } = watch(["a", "b", "c"], { reapplyMs: 420_000 });
  await run();
  expect(done).toEqual(["retell 0", "reapply -360000", "retell 3000", "reapply -357000"]);
});

// A machine that dies may take the master and every process that reads events with it.
test("who begins to read events after a failover applies them again, if somebody has left lately which Redis it saw", async () => {
  const { done, run } = watch(["b", "b"], { left: { identity: "a", agoMs: 20_000 } });
  await run();
  expect(done).toEqual(["retell 0", "reapply -380000"]);
});

test("who begins with the Redis that others saw, or long after anybody saw another one, applies nothing again", async () => {
  const same = watch(["b", "b"], { left: { identity: "b", agoMs: 20_000 } });
  await same.run();
  const late = watch(["b", "b"], { left: { identity: "a", agoMs: 301_000 } });
  await late.run();
  expect([...same.done, ...late.done]).toEqual([]);
  expect(same.errors).toEqual([]);
  expect(late.errors).toEqual(["another redis answers than long ago, writes of then may be lost"]);
});

test("which Redis was seen is left in it at each look, but only when nothing is left to apply", async () => {
  const { remembered, run } = watch(["a", "b", "b", "b"], { failing: 1 });
  await run();
  expect(remembered).toEqual(["a 0", "b 12000", "b 21000"]);
});

test("who applies no events tells its sids, and says nothing that would keep others from applying them", async () => {
  const { done, remembered, run } = watch(["a", "b", "b"], { isReader: false, left: { identity: "z", agoMs: 0 } });
  await run();
  expect(done).toEqual(["retell 0"]);
  expect(remembered).toEqual([]);
});

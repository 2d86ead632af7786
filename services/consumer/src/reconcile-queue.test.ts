import { expect, test, vi } from "vitest";
import { ReconcileQueue } from "./reconcile-queue.ts";

const ref = (channelName: string) => ({ appId: "app", channelName });

function setup(
  limits: { readonly runningMax: number; readonly waitingMax: number } = { runningMax: 2, waitingMax: 2 },
) {
  const started: string[] = [];
  const finish = new Map<string, (err?: Error) => void>();
  const failed: string[] = [];
  const queue = new ReconcileQueue({
    ...limits,
    reconcile: ({ channelName }) =>
      new Promise<void>((resolve, reject) => {
        started.push(channelName);
        finish.set(channelName, (err) => (err === undefined ? resolve() : reject(err)));
      }),
    onFailed: ({ channelName }) => failed.push(channelName),
  });
  return { queue, started, failed, finish: (name: string, err?: Error) => finish.get(name)?.(err) };
}

test("a channel runs at most once at a time and waits at most once", async () => {
  const { finish, queue, started } = setup();
  for (let i = 0; i < 5; i += 1) queue.add(ref("a"));
  await vi.waitFor(() => expect(started).toEqual(["a"]));
  expect(queue.waitingCount).toBe(1);
  finish("a");
  await vi.waitFor(() => expect(started).toEqual(["a", "a"]));
  finish("a");
  await vi.waitFor(() => expect(queue.runningCount).toBe(0));
  expect(started).toHaveLength(2);
});

test("no more channels run at a time than allowed, and a busy channel holds up no other", async () => {
  const { finish, queue, started } = setup();
  for (const name of ["a", "b", "a", "c"]) queue.add(ref(name));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  finish("b");
  await vi.waitFor(() => expect(started).toEqual(["a", "b", "c"]));
});

test("a full queue takes no other channel and never waits for room; one that waits already is none more", async () => {
  const { finish, queue, started } = setup({ runningMax: 1, waitingMax: 1 });
  expect([queue.add(ref("a")), queue.add(ref("b"))]).toEqual(["added", "added"]);
  expect(queue.add(ref("c"))).toBe("full");
  expect(queue.add(ref("b"))).toBe("added");
  await vi.waitFor(() => expect(started).toEqual(["a"]));
  finish("a");
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  expect(queue.add(ref("c"))).toBe("added");
});

test("a turn that is kept counts as running: its channel waits, and so do others when none is free", async () => {
  const { finish, queue, started } = setup({ runningMax: 1, waitingMax: 2 });
  const turn = queue.keepTurn(ref("a"));
  expect([queue.keepTurn(ref("a")), queue.keepTurn(ref("b"))]).toEqual([undefined, undefined]);
  queue.add(ref("a"));
  const work = Promise.withResolvers<undefined>();
  turn?.begin(() => work.promise);
  expect(queue.runningCount).toBe(1);
  work.resolve(undefined);
  await vi.waitFor(() => expect(started).toEqual(["a"]));
  finish("a");
  await vi.waitFor(() => expect(queue.runningCount).toBe(0));
  queue.keepTurn(ref("b"))?.giveBack();
  queue.add(ref("c"));
  await vi.waitFor(() => expect(started).toEqual(["a", "c"]));
});

test("a closed queue keeps no turn, and one that was kept before is waited for", async () => {
  const { queue } = setup();
  const turn = queue.keepTurn(ref("a"));
  const drained = queue.drain(new AbortController().signal);
  expect(queue.keepTurn(ref("b"))).toBeUndefined();
  turn?.begin(() => Promise.resolve());
  expect(await drained).toEqual({ finished: 1, left: 0 });
});

test("a failed run is reported and the next one goes on", async () => {
  const { failed, finish, queue, started } = setup({ runningMax: 1, waitingMax: 2 });
  queue.add(ref("a"));
  queue.add(ref("b"));
  await vi.waitFor(() => expect(started).toEqual(["a"]));
  finish("a", new Error("redis away"));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  expect(failed).toEqual(["a"]);
});

test("draining begins nothing more: what waits is left to the schedule, what runs is finished", async () => {
  const { finish, queue, started } = setup();
  for (const name of ["a", "b", "c", "a"]) queue.add(ref(name));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  const drained = queue.drain(new AbortController().signal);
  expect(queue.add(ref("d"))).toBe("closed");
  finish("a");
  finish("b");
  expect(await drained).toEqual({ finished: 2, left: 0 });
  expect(started).toEqual(["a", "b"]);
});

test("draining counts as left only what the limit cuts off", async () => {
  const { finish, queue, started } = setup();
  for (const name of ["a", "b", "c"]) queue.add(ref(name));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  const limit = new AbortController();
  const drained = queue.drain(limit.signal);
  finish("a");
  await vi.waitFor(() => expect(queue.runningCount).toBe(1));
  limit.abort();
  expect(await drained).toEqual({ finished: 1, left: 1 });
});

test("a queue that was closed finishes what runs and begins nothing, before anybody drains it", async () => {
  const { finish, queue, started } = setup();
  for (const name of ["a", "b", "c"]) queue.add(ref(name));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  queue.close();
  finish("a");
  await vi.waitFor(() => expect(queue.runningCount).toBe(1));
  expect(queue.add(ref("d"))).toBe("closed");
  expect(started).toEqual(["a", "b"]);
});

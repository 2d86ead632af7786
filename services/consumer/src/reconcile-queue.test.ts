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

test("room comes when a waiting channel gets its turn, or when the process stops", async () => {
  const { finish, queue, started } = setup({ runningMax: 1, waitingMax: 1 });
  queue.add(ref("a"));
  queue.add(ref("b"));
  let hasRoom = false;
  const waits = queue.room(new AbortController().signal).then(() => (hasRoom = true));
  await vi.waitFor(() => expect(started).toEqual(["a"]));
  expect(hasRoom).toBe(false);
  finish("a");
  await waits;
  queue.add(ref("c"));
  await queue.room(AbortSignal.abort());
  expect(queue.waitingCount).toBe(1);
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

test("draining finishes what it can and counts what it leaves to the schedule", async () => {
  const { finish, queue, started } = setup();
  for (const name of ["a", "b", "c"]) queue.add(ref(name));
  await vi.waitFor(() => expect(started).toEqual(["a", "b"]));
  const limit = new AbortController();
  const drained = queue.drain(limit.signal);
  finish("a");
  await vi.waitFor(() => expect(started).toContain("c"));
  limit.abort();
  expect(await drained).toEqual({ finished: 1, left: 2 });
});

import { EventEmitter } from "node:events";
import { createLogger, createShutdown } from "@autorec/service-kit";
import type { Clock } from "@autorec/service-kit";
import { expect, test, vi } from "vitest";
import { interruptibleStart } from "./interruptible-start.ts";
import type { Start } from "./interruptible-start.ts";

const away = new Error("connect ECONNREFUSED");

/** Sleeps last until they are aborted, but for the patience with a close. */
const clock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  async sleep(ms, signal) {
    if (ms === 300) return;
    await new Promise<unknown>((resolve) => signal?.addEventListener("abort", resolve));
  },
};

function setup() {
  const lines: string[] = [];
  const exits: number[] = [];
  const { log } = createLogger({
    service: "t",
    instanceId: "i",
    version: "v",
    level: "info",
    stream: { write: (line: string) => lines.push(line) },
  });
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const shutdown = createShutdown({ drainMs: 25_000, log, clock, process: host });
  const outcomes: unknown[] = [];
  const run = (work: (start: Start) => Promise<unknown>): void => {
    interruptibleStart(work, { shutdown, log, clock, limitMs: 60_000 }).then(
      (value) => outcomes.push(value),
      (err: unknown) => outcomes.push(err),
    );
  };
  return { exits, host, lines, outcomes, run, shutdown };
}

test("a process that is told to stop while it waits says what it waited for, closes and ends with 0, not with an error", async () => {
  const { exits, host, lines, outcomes, run } = setup();
  const close = vi.fn(() => Promise.resolve());
  run(async (start) => {
    start.onStop("redis", close);
    await start.waitFor("redis", () => Promise.reject(away), "REC_REDIS_UNREACHABLE");
  });
  await vi.waitFor(() => expect(lines.join("")).toContain("waiting for dependency"));
  host.emit("SIGTERM", "SIGTERM");
  await vi.waitFor(() => expect(exits).toEqual([0]));
  await new Promise(setImmediate);
  expect(close).toHaveBeenCalledOnce();
  expect(lines.join("")).toMatch(/"waitedFor":"redis","msg":"told to stop while starting"/);
  expect(outcomes).toEqual([]);
});

test("a start that succeeds after all is not used by a process that has been told to stop", async () => {
  const { exits, host, outcomes, run } = setup();
  let answer: () => void = () => undefined;
  run(() => new Promise<void>((resolve) => (answer = resolve)));
  host.emit("SIGINT", "SIGINT");
  answer();
  await vi.waitFor(() => expect(exits).toEqual([0]));
  await new Promise(setImmediate);
  expect(outcomes).toEqual([]);
});

test("a connection that does not close holds up no process that starts, but is waited for once it works", async () => {
  const starting = setup();
  const never = (): Promise<void> => new Promise(() => undefined);
  starting.run(async (start) => {
    start.onStop("kafka", never);
    await never();
  });
  starting.host.emit("SIGTERM", "SIGTERM");
  await vi.waitFor(() => expect(starting.exits).toEqual([0]));

  const working = setup();
  let close: () => void = () => undefined;
  working.run(async (start) => {
    start.onStop("kafka", () => new Promise<void>((resolve) => (close = resolve)));
    return "started";
  });
  await vi.waitFor(() => expect(working.outcomes).toEqual(["started"]));
  working.host.emit("SIGTERM", "SIGTERM");
  await new Promise(setImmediate);
  expect(working.exits).toEqual([]);
  close();
  await vi.waitFor(() => expect(working.exits).toEqual([0]));
  expect(working.lines.join("")).not.toContain("while starting");
});

test("a start that fails by itself fails as before", async () => {
  const { exits, outcomes, run, shutdown } = setup();
  run(() => Promise.reject(away));
  await vi.waitFor(() => expect(outcomes).toEqual([away]));
  expect(exits).toEqual([]);
  await shutdown.stop("test");
});

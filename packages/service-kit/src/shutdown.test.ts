import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { createLogger } from "./logger.ts";
import { createShutdown, type ProcessLike, type ShutdownOptions } from "./shutdown.ts";
import { systemClock } from "./clock.ts";

class FakeProcess extends EventEmitter implements ProcessLike {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

function start(options: Partial<ShutdownOptions> = {}) {
  const lines: string[] = [];
  const { log } = createLogger({
    service: "t",
    instanceId: "i",
    version: "v",
    level: "trace",
    stream: { write: (line: string) => lines.push(line) },
  });
  const host = new FakeProcess();
  const shutdown = createShutdown({ drainMs: 1_000, log, clock: systemClock, process: host, ...options });
  return { host, lines, shutdown };
}

describe("a shutdown", () => {
  test("stops taking first, then runs the steps in reverse order of opening and says what it finished", async () => {
    const { host, lines, shutdown } = start();
    const order: string[] = [];
    shutdown.onStop("redis", () => Promise.resolve(order.push("redis")).then(() => undefined));
    shutdown.onStop("work", () => {
      order.push(shutdown.draining ? "work, draining" : "work");
      return Promise.resolve({ finished: 14, left: 0 });
    });
    host.emit("SIGTERM", "SIGTERM");
    await vi.waitFor(() => {
      expect(host.exits).toEqual([0]);
    });
    expect(order).toEqual(["work, draining", "redis"]);
    expect(lines.at(-1)).toMatch(/"finished":14,"left":0,"msg":"drained in 0\.\d s, 14 finished, 0 left"/);
  });

  test("gives up at the drain limit, begins the rest all the same, and exits 7", async () => {
    const { host, lines, shutdown } = start({ drainMs: 20 });
    const closed = vi.fn(() => Promise.resolve());
    shutdown.onStop("redis", closed);
    shutdown.onStop("stuck", () => new Promise(() => undefined));
    host.emit("SIGTERM", "SIGTERM");
    await vi.waitFor(() => {
      expect(host.exits).toEqual([7]);
    });
    expect(closed).toHaveBeenCalled();
    expect(lines.join("")).toContain('"step":"stuck"');
  });

  test("a step that fails does not keep the others from running", async () => {
    const { host, lines, shutdown } = start();
    const closed = vi.fn(() => Promise.resolve());
    shutdown.onStop("redis", closed);
    shutdown.onStop("broken", () => Promise.reject(new Error("no")));
    await shutdown.stop("test");
    expect(closed).toHaveBeenCalled();
    expect(host.exits).toEqual([7]);
    expect(lines.join("")).toContain("drain step failed");
  });

  test("a second signal leaves at once", () => {
    const { host, shutdown } = start();
    shutdown.onStop("stuck", () => new Promise(() => undefined));
    host.emit("SIGINT", "SIGINT");
    host.emit("SIGINT", "SIGINT");
    expect(host.exits).toEqual([130]);
  });

  test.each(["uncaughtException", "unhandledRejection"])("%s is fatal: logged, exit 70, flushed", (event) => {
    const flush = vi.fn();
    const { host, lines } = start({ flush });
    host.emit(event, new Error("boom"));
    expect(host.exits).toEqual([70]);
    expect(lines.at(-1)).toMatch(/"level":"fatal".*boom/);
    expect(flush).toHaveBeenCalled();
  });

  test("leaves no listener behind", async () => {
    const { host, shutdown } = start();
    await shutdown.stop("test");
    expect(host.eventNames()).toEqual([]);
  });
});

describe("a spawned task", () => {
  test("is told to stop and awaited", async () => {
    const { host, shutdown } = start();
    const ended: string[] = [];
    shutdown.spawn("relay", async (signal) => {
      await systemClock.sleep(60_000, signal);
      ended.push("relay");
    });
    await shutdown.stop("test");
    expect(ended).toEqual(["relay"]);
    expect(host.exits).toEqual([0]);
  });

  test("that fails is logged and the process goes on", async () => {
    const { host, lines, shutdown } = start();
    shutdown.spawn("relay", () => Promise.reject(new Error("lost")));
    await vi.waitFor(() => {
      expect(lines.join("")).toContain("background task failed");
    });
    expect(host.exits).toEqual([]);
  });

  test("that is essential and fails ends the process with 70", async () => {
    const { host, shutdown } = start();
    shutdown.spawn(
      "loop",
      () => {
        throw new Error("lost");
      },
      { essential: true },
    );
    await vi.waitFor(() => {
      expect(host.exits).toEqual([70]);
    });
  });
});

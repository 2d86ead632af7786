import { expect, test, vi } from "vitest";
import { AutorecError } from "./autorec-error.ts";
import type { Clock } from "./clock.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { createLogger } from "./logger.ts";
import { runMain } from "./run-main.ts";
import { waitForDependency } from "./wait-for-dependency.ts";

/** Sleeps take no time but move the clock; the limit of a single check never passes. */
function fakeClock(): Clock {
  let now = 0;
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    sleep: (ms) => {
      if (ms === 5_000) return new Promise(() => undefined);
      now += ms;
      return Promise.resolve();
    },
  };
}

function setup(limitMs: number) {
  const lines: string[] = [];
  const { log } = createLogger({
    service: "t",
    instanceId: "i",
    version: "v",
    level: "info",
    stream: { write: (line: string) => lines.push(line) },
  });
  return { lines, options: { code: "REC_REDIS_UNREACHABLE", limitMs, log, clock: fakeClock() } as const };
}

test("a dependency that comes late is waited for, and the wait is said every few seconds", async () => {
  const { lines, options } = setup(60_000);
  let calls = 0;
  await waitForDependency(
    "Redis",
    () =>
      Promise.resolve((calls += 1)).then((call) => {
        if (call < 25) throw new Error("connect redis://u:hidden-pass@h refused");
      }),
    options,
  );
  const waiting = lines.filter((line) => line.includes("waiting for dependency"));
  expect(waiting.length).toBe(3);
  expect(waiting.join("")).not.toContain("hidden-pass");
  expect(lines.at(-1)).toContain("dependency answers");
});

test("after the limit the error names dependency, limit and reason, and the exit code is 5", async () => {
  const { options } = setup(2_000);
  const failure = await waitForDependency("Redis", () => Promise.reject(new Error("refused")), options).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "REC_REDIS_UNREACHABLE" });
  expect(String(failure)).toContain("Redis did not answer within 2000 ms: refused");
  expect(exitCodeOf(failure)).toBe(5);
});

test("an error that waiting cannot cure is not waited for", async () => {
  const { lines, options } = setup(60_000);
  const terminal = new AutorecError("wrong password", { code: "REC_KAFKA_AUTH", retry: "terminal" });
  await expect(waitForDependency("Kafka", () => Promise.reject(terminal), options)).rejects.toBe(terminal);
  expect(lines).toEqual([]);
});

test.each([
  [Object.assign(new Error("error CONFIG_X"), { exitCode: 2 }), 2, /^error CONFIG_X\n$/],
  [
    new AutorecError("no Kafka", { code: "REC_KAFKA_UNREACHABLE", retry: "retry" }),
    5,
    /^error REC_KAFKA_UNREACHABLE {2}no Kafka {8}\(exit 5\)\n$/,
  ],
  [new AutorecError("journal has 3 attempts", { code: "REC_STATE_LOST", retry: "terminal" }), 6, /REC_STATE_LOST/],
  [Object.assign(new Error("nothing was changed"), { exitCode: 6 }), 6, /^error nothing was changed {8}\(exit 6\)\n$/],
  [new TypeError("undefined is not a function"), 70, /REC_BUG[^]*at /],
])("a start that fails says so and exits with the code of its kind (%#)", async (error, code, words) => {
  const write = vi.fn<(text: string) => void>();
  const exit = vi.fn<(code: number) => void>();
  await runMain(() => Promise.reject(error), { write, exit });
  expect(exit).toHaveBeenCalledWith(code);
  expect(write.mock.calls[0]?.[0]).toMatch(words);
});

test("a certificate of Redis that is not trusted is told with the setting to look at", async () => {
  const { options } = setup(0);
  const untrusted = Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const waiting = waitForDependency("Redis", () => Promise.reject(untrusted), options);
  await expect(waiting).rejects.toThrow("self-signed certificate; REDIS_TLS_CA_FILE names the certificates to trust");
});

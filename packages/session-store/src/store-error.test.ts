import { expect, test } from "vitest";
import { StoreError, toStoreError } from "./store-error.ts";

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", "REC_REDIS_OUT_OF_MEMORY", "retry"],
  // Redis 6.2 wraps what a script met.
  [
    "ERR Error running script (call to f_1): @user_script:12: @user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.",
    "REC_REDIS_OUT_OF_MEMORY",
    "retry",
  ],
  ["READONLY You can't write against a read only replica.", "REC_REDIS_UNREACHABLE", "retry"],
  ["LOADING Redis is loading the dataset in memory", "REC_REDIS_UNREACHABLE", "retry"],
  [
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "REC_REDIS_UNREACHABLE",
    "retry",
  ],
  ["CLUSTERDOWN The cluster is down", "REC_REDIS_UNREACHABLE", "retry"],
  ["Command timed out", "REC_REDIS_UNREACHABLE", "retry"],
  ["Connection is closed.", "REC_REDIS_UNREACHABLE", "retry"],
  ["something nobody has seen", "REC_REDIS_UNREACHABLE", "retry"],
  ["NOAUTH Authentication required.", "REC_REDIS_REFUSED", "terminal"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "REC_REDIS_REFUSED", "terminal"],
  ["NOPERM this user has no permissions to run the 'evalsha' command", "REC_REDIS_REFUSED", "terminal"],
  ["WRONGTYPE Operation against a key holding the wrong kind of value", "REC_REDIS_REFUSED", "terminal"],
  ["CROSSSLOT Keys in request don't hash to the same slot", "REC_REDIS_REFUSED", "terminal"],
])("%s → %s, %s", (said, code, retry) => {
  const err = toStoreError(new Error(said), "commit");
  expect(err).toMatchObject({ code, retry, context: { command: "commit" } });
  expect(err.message).toMatch(/^commit: /);
  expect(err.cause).toMatchObject({ message: said });
});

test("an error of ours stays as it is, and anything may be thrown", () => {
  const ours = new StoreError("x", { code: "REC_RECORD_SCHEMA", retry: "terminal" });
  expect(toStoreError(ours, "claim")).toBe(ours);
  expect(toStoreError("text", "claim")).toMatchObject({ code: "REC_REDIS_UNREACHABLE" });
});

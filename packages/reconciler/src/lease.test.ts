import { fastDurations } from "@autorec/domain";
import { expect, test } from "vitest";
import { Lease } from "./lease.ts";
import type { LeaseDeps } from "./lease.ts";
import { RedisClock } from "./redis-clock.ts";

const ref = { appId: "app", channelName: "room" };

/** A lease of 6 000 ms that was asked for at local 0; `replies` are what Redis answers to each renewal. */
function leaseOf(replies: readonly ("renewed" | "lost")[], restMs = 6_000, replyMs = 50) {
  const local = { ms: 0 };
  let renewals = 0;
  const clock = { monotonicMs: () => local.ms };
  const deps: LeaseDeps = {
    clock,
    durations: fastDurations,
    store: {
      renew: () => {
        const kind = replies[renewals] ?? "renewed";
        renewals += 1;
        local.ms += replyMs;
        if (kind === "lost") return Promise.resolve({ kind, nowMs: 1 });
        return Promise.resolve({ kind: "ok", rev: "7", leaseUntilMs: 6_001, nowMs: 1 });
      },
    },
  };
  const lease = new Lease({ ref, token: "t", deps, clock: new RedisClock(clock), askedAtMs: 0, restMs });
  return { lease, local, renewals: () => renewals };
}

test("I9: a call is covered by the rest of the lease only with its whole time limit and the slack", async () => {
  const { lease, local, renewals } = leaseOf([]);
  local.ms = 3_000;
  expect(await lease.covers(2_000)).toBe(true);
  expect(renewals()).toBe(0);
  local.ms = 3_001;
  expect(await lease.covers(2_000)).toBe(true);
  expect(renewals()).toBe(1);
});

test("a renewal whose reply comes after the lease has ended covers nothing: the process was paused meanwhile", async () => {
  const { lease, local, renewals } = leaseOf([], 6_000, 7_000);
  local.ms = 5_000;
  expect(await lease.covers(2_000)).toBe(false);
  expect([renewals(), lease.isLost]).toEqual([1, false]);
});

test("the rest counts from when the renewal was asked, not from when it was answered", async () => {
  const { lease, local } = leaseOf([]);
  local.ms = 1_000;
  await lease.renew();
  expect(local.ms).toBe(1_050);
  expect(lease.restMs()).toBe(5_950);
});

test("a repeated claim answers the older lease, so only its rest counts", () => {
  const { lease } = leaseOf([], 400);
  expect(lease.restMs()).toBe(400);
});

test("a lease that Redis calls lost covers nothing any more and is not asked for again", async () => {
  const { lease, local, renewals } = leaseOf(["lost"]);
  local.ms = 5_000;
  expect(await lease.covers(2_000)).toBe(false);
  expect(lease.isLost).toBe(true);
  expect(await lease.renew()).toBeUndefined();
  expect(await lease.covers(0)).toBe(false);
  expect(renewals()).toBe(1);
});

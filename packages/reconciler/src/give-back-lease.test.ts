import { realDurations } from "@autorec/domain";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { giveBackLease } from "./give-back-lease.ts";

const { tickMs } = realDurations;

/** A Redis that refuses the first tries; answers how often it was asked and how long was waited in between. */
async function givenBack(refusals: number) {
  const { deps, ref } = openChannelFixture();
  const waits: number[] = [];
  let tries = 0;
  let failures = 0;
  await giveBackLease(ref, "token", {
    ...deps,
    durations: realDurations,
    store: {
      ...deps.store,
      release: () => {
        tries += 1;
        return tries <= refusals ? Promise.reject(new Error("Redis is away")) : Promise.resolve("released");
      },
    },
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    observer: {
      ...deps.observer,
      failed: () => {
        failures += 1;
      },
    },
  });
  return { tries, waits, failures };
}

test("a lease is offered again until Redis takes it back, each wait twice the last", async () => {
  expect(await givenBack(3)).toEqual({ tries: 4, waits: [tickMs, 2 * tickMs, 4 * tickMs], failures: 3 });
});

test("a Redis that stays away holds nobody up for ever: the lease ends by itself, and each failure was told", async () => {
  expect(await givenBack(Infinity)).toMatchObject({ tries: 6, failures: 6 });
});

import { expect, test, vi } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import type { StartHindrances } from "./channel-fixture.ts";
import { createReconciler } from "./reconciler.ts";

/** Lets the first attempt's start wait until `go`; later ones are not hindered. */
const hindered: readonly (readonly [string, (first: () => Promise<void>) => StartHindrances])[] = [
  ["the journal", (first) => ({ journal: first })],
  [
    "the request budget",
    (first) => ({
      // Acquire asks first, then the start of attempt 1.
      takeRequest: vi
        .fn()
        .mockResolvedValue({ kind: "granted", waitMs: 0 })
        .mockResolvedValueOnce({ kind: "granted", waitMs: 0 })
        .mockResolvedValueOnce({ kind: "granted", waitMs: 900 }),
      sleep: first,
    }),
  ],
];

// Its recorder would join beside the one of the next attempt, and nobody would have asked for it.
test.each(hindered)(
  "a start that waited for %s is not sent once its attempt was given up, though people are back",
  async (_, hinder) => {
    const waits = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const first = vi.fn<() => Promise<void>>().mockResolvedValue(undefined);
    first.mockImplementationOnce(async () => {
      waits.resolve(undefined);
      await go.promise;
    });
    const { deps, ref, started, failures, attempt, empty, occupy } = openChannelFixture(hinder(first));
    const done = createReconciler(deps).reconcile(ref);
    await waits.promise;
    empty();
    await vi.waitFor(() => expect(attempt(1)?.st).toBe("DOUBT"));
    occupy();
    await vi.waitFor(() => expect(attempt(2)?.st).toBe("LIVE"));
    go.resolve(undefined);
    expect(await done).toBe("settled");
    expect(started).toEqual(["r2"]);
    expect(attempt(1)).toMatchObject({ st: "CLOSED", cause: "never_sent", startSends: 0 });
    expect(failures).toEqual([]);
  },
);

import { expect, test } from "vitest";
import { lookTurn } from "./look-turn.ts";
import { ReconcileQueue } from "./reconcile-queue.ts";

const ref = { appId: "app", channelName: "room" };

test("a turn that is abandoned gives back the lease it may have got, and the drain waits for that", async () => {
  const dropped: string[] = [];
  const queue = new ReconcileQueue({
    ...{ runningMax: 1, waitingMax: 1, onFailed: () => undefined },
    reconcile: () => Promise.resolve(),
  });
  const turn = lookTurn(ref, queue.keepTurn(ref), {
    newClaim: () => ({ token: "t", owner: "o", leaseMs: 1 }),
    work: () => Promise.resolve("settled"),
    drop: async ({ channelName }, { token }) => {
      await Promise.resolve();
      dropped.push(`${channelName} ${token}`);
    },
  });
  turn?.abandon();
  expect(await queue.drain(new AbortController().signal)).toEqual({ finished: 1, left: 0 });
  expect(dropped).toEqual(["room t"]);
});

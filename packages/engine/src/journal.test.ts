import { realDurations } from "@autorec/domain";
import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import { createJournal } from "./journal.ts";
import type { JournalProducer } from "./journal.ts";

const ref = { appId: "a", channelName: "c" };

function attempt(n: number): Attempt {
  return {
    n,
    slot: "primary",
    session: "s",
    k: n,
    uid: 4_000_000_000 + 2 * n,
    mode: "mix",
    ruleHash: "h",
    maxIdleMs: realDurations.maxIdleMs,
    coverAfterMs: realDurations.coverAfterEagerMs,
    st: "READY",
    claimedAtMs: 1,
    startSends: 1,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: 1,
    tokenSalt: 1,
    tokenLifeS: 1,
    knownUids: [],
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: false,
    controlLost: false,
    rotating: false,
    dueAtMs: 1,
    tries: 0,
  };
}

/** A broker that answers when it is told to. */
function openBroker() {
  const requests: { readonly keys: readonly string[]; readonly answer: PromiseWithResolvers<undefined> }[] = [];
  const producer: JournalProducer = {
    send: ({ messages }) => {
      const answer = Promise.withResolvers<undefined>();
      requests.push({ keys: messages.map(({ key }) => key), answer });
      return answer.promise;
    },
  };
  const journal = createJournal({ producer, topic: "t" });
  return { requests, write: (n: number) => journal({ ref, rev: "1", attempt: attempt(n) }) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("attempts of one turn of the event loop share a request, and those that wait for the broker share the next", async () => {
  const { requests, write } = openBroker();
  const first = [write(1), write(2)];
  await turn();
  const second = [write(3)];
  await turn();
  const third = [write(4), write(5)];
  await turn();
  expect(requests.map(({ keys }) => keys)).toEqual([["a/c/1", "a/c/2"], ["a/c/3"]]);
  requests[0]?.answer.resolve(undefined);
  await Promise.all(first);
  expect(requests[2]?.keys).toEqual(["a/c/4", "a/c/5"]);
  requests[1]?.answer.resolve(undefined);
  requests[2]?.answer.resolve(undefined);
  await Promise.all([...second, ...third]);
});

test("an attempt is not journalled before the broker has answered, nor when it refused the request that it shared", async () => {
  const { requests, write } = openBroker();
  const told: string[] = [];
  const writes = [1, 2].map((n) =>
    write(n).then(
      () => told.push(`${String(n)} written`),
      () => told.push(`${String(n)} refused`),
    ),
  );
  await turn();
  expect(told).toEqual([]);
  requests[0]?.answer.reject(new Error("not enough replicas"));
  await Promise.all(writes);
  expect(told).toEqual(["1 refused", "2 refused"]);
  const again = write(1);
  await turn();
  requests[1]?.answer.resolve(undefined);
  await again;
});

import type { Attempt } from "@autorec/domain";
import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import { knownSids } from "./known-sids.ts";
import type { ReconcilerDeps } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";

type Store = ReconcilerDeps["store"];

async function leftBy(commit: (first: Store["commit"]) => Store["commit"]): Promise<readonly unknown[]> {
  const { deps, ref } = openChannelFixture();
  await createReconciler(deps).reconcile(ref);
  const facts: unknown[] = [];
  const store: Store = {
    ...deps.store,
    commit: commit(deps.store.commit),
    fact: (_ref, ...fact) => {
      facts.push(fact);
      return Promise.resolve("applied");
    },
  };
  await createReconciler({ ...deps, store }).reconcile(ref);
  return facts;
}

// Redis may have been emptied: then the sid is on no other machine, and the recorder would be met as one that nobody can stop.
test.each<[string, Store["commit"]]>([
  ["loses its lease", () => Promise.resolve({ kind: "lost", nowMs: 1_000_000 })],
  ["hears no answer of Redis", () => Promise.reject(new Error("no answer"))],
])(
  "a turn that %s tells the sids of its channel, to be decided on when events had time to come again",
  async (_, commit) => {
    expect(await leftBy(() => commit)).toMatchObject([
      [{ n: 1, kind: "sid", resourceId: "r1", sid: "s" }, { withinMs: 60_000 }],
    ]);
  },
);

test("a turn that ends as it should tells nothing", async () => {
  expect(await leftBy((commit) => commit)).toEqual([]);
});

// Told of, it would come back as one that is responsible, and every request that names it is refused.
test.each<[string, Partial<Attempt>]>([
  ["is out of control", { controlLost: true }],
  ["is over", { st: "CLOSED" }],
])("a recorder that %s is not told of", async (_, changes) => {
  const { attempt, deps, ref } = openChannelFixture();
  await createReconciler(deps).reconcile(ref);
  const recording = attempt(1);
  if (recording === undefined) throw new Error("nothing was started");
  expect(knownSids({ attempts: { 1: recording, 2: { ...recording, n: 2, ...changes } } })).toMatchObject([{ n: 1 }]);
});

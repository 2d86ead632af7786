import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import type { AgoraAccess } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";

/** A start whose journal takes two turns of the event loop; `build` makes its body. */
async function started(
  build: (make: () => ReturnType<AgoraAccess["startRequest"]>) => ReturnType<AgoraAccess["startRequest"]>,
) {
  const order: string[] = [];
  const {
    deps,
    ref,
    started: sent,
  } = openChannelFixture({
    journal: async () => {
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      order.push("journalled");
    },
  });
  const access = deps.agoraFor(ref.appId);
  if (access === undefined) throw new Error("the fixture knows its app");
  const startRequest: AgoraAccess["startRequest"] = (...args) => {
    order.push("built");
    return build(() => access.startRequest(...args));
  };
  await createReconciler({
    ...deps,
    agoraFor: () => ({ ...access, startRequest }),
    meanwhile: (task) => void setImmediate(task),
    observer: { ...deps.observer, decided: ({ input }) => order.push(`told ${input.kind}`) },
  }).reconcile(ref);
  return { order, sent };
}

test("a start's body is built, once, and people are told, while the journal is being written", async () => {
  const { order, sent } = await started((make) => make());
  expect(order.slice(0, order.indexOf("journalled"))).toEqual(["told look", "built", "told acquire"]);
  expect(order.filter((what) => what === "built")).toHaveLength(1);
  expect(sent).toEqual(["r1"]);
});

test("a body that could not be built ahead is built when it is needed", async () => {
  let builds = 0;
  const { order, sent } = await started((make) => {
    builds += 1;
    if (builds === 1) throw new Error("not yet");
    return make();
  });
  expect(order.filter((what) => what === "built")).toHaveLength(2);
  expect(sent).toEqual(["r1"]);
});

test("people who cannot be told cost neither the start nor, later, the process", async () => {
  const { deps, ref, started: sent, failures } = openChannelFixture();
  const tasks: (() => void)[] = [];
  const broken = (): never => {
    throw new Error("no such label");
  };
  const observer = { ...deps.observer, decided: broken };
  await createReconciler({ ...deps, observer, meanwhile: (task) => tasks.push(task) }).reconcile(ref);
  for (const task of tasks) task();
  expect(sent).toEqual(["r1"]);
  expect(failures).toContainEqual(new Error("no such label"));
});

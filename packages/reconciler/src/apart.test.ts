import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import type { AgoraAccess } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";

test("the acquire of the second recorder names the resource of the first, which names none", async () => {
  const { deps, ref } = openChannelFixture();
  const excluded: unknown[] = [];
  const agoraFor = (appId: string): AgoraAccess | undefined => {
    const access = deps.agoraFor(appId);
    if (access === undefined) return undefined;
    const { client } = access;
    return {
      ...access,
      client: {
        ...client,
        acquire: (order) => {
          excluded.push(order.excludeResourceIds);
          return client.acquire(order);
        },
      },
    };
  };
  const one = deps.policy.ruleFor(ref);
  if (one === undefined) throw new Error("the fixture records");
  const policy = { ...deps.policy, ruleFor: () => ({ ...one, slots: ["primary", "secondary"] as const }) };
  await createReconciler({ ...deps, agoraFor, policy }).reconcile(ref);
  expect(excluded).toEqual([undefined, ["r1"]]);
});

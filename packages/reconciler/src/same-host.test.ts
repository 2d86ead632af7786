import { expect, test } from "vitest";
import { openChannelFixture } from "./channel-fixture.ts";
import type { AgoraAccess } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";

test("a start names the host that answered the acquire", async () => {
  const { attempt, deps, ref } = openChannelFixture();
  const told: (string | undefined)[] = [];
  const agoraFor = (appId: string): AgoraAccess | undefined => {
    const access = deps.agoraFor(appId);
    if (access === undefined) return undefined;
    const { client } = access;
    return {
      ...access,
      client: {
        ...client,
        acquire: async (order) => ({ ...(await client.acquire(order)), host: "https://api.sd-rtn.com" }),
        start: (order) => {
          told.push(order.host);
          return client.start(order);
        },
      },
    };
  };
  await createReconciler({ ...deps, agoraFor }).reconcile(ref);
  expect(told).toEqual(["https://api.sd-rtn.com"]);
  expect(attempt(1)?.host).toBe("https://api.sd-rtn.com");
});

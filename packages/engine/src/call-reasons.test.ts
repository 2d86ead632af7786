import { callReasons } from "@autorec/events";
import { createMetrics } from "@autorec/service-kit";
import { expect, test } from "vitest";

// service-kit imports none of our packages, so the words stand in two places; this is the lowest room that sees both.
test("every reason that a call may end with has its series from the start, and no other reason has one", async () => {
  const metrics = createMetrics({ version: "1", apps: ["a"], accounts: ["a"], scripts: [], processMetrics: false });
  const text = await metrics.registry.metrics();
  const declared = [...text.matchAll(/^autorec_agora_requests_total\{.*reason="(\w+)"/gm)].map(([, reason]) => reason);
  expect(new Set(declared)).toEqual(new Set(callReasons));
});

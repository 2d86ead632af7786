import { realDurations } from "@autorec/domain";
import { loadPolicy } from "@autorec/settings";
import type { Policy } from "@autorec/settings";
import { expect, test } from "vitest";
import { accountQuotas, checkQuota } from "./check-quota.ts";

interface App {
  readonly customer: string;
  readonly rps: number;
  readonly workers: number;
}

/** A policy of these apps, one rule for all of them. */
function policyOf(apps: Readonly<Record<string, App>>): Policy {
  const lines = Object.entries(apps).map(
    ([name, { customer, rps, workers }], i) =>
      `  ${name}: { appId: "${String(i).repeat(32)}", customerId: ${customer}, customerSecret: "\${env:SECRET}", quota: { requestsPerSecond: ${String(rps)}, workers: ${String(workers)} } }`,
  );
  const text = `apps:
${lines.join("\n")}
storages:
  s: { vendor: amazon-s3, region: eu-central-1, bucket: b, accessKey: "\${env:SECRET}", secretKey: "\${env:SECRET}" }
rules:
  - { name: all, match: { channel: "*" }, mode: mix, storage: s }
`;
  return loadPolicy({
    path: "autorec.yaml",
    text,
    env: { SECRET: "secret-of-the-test" },
    readFile: () => "",
    durations: realDurations,
  });
}

const check = (apps: Readonly<Record<string, App>>) => checkQuota(policyOf(apps), "autorec.yaml", realDurations);

test("Agora's defaults and more pass without a word", () => {
  expect(check({ prod: { customer: "c", rps: 10, workers: 50 } })).toEqual([]);
  expect(check({ prod: { customer: "c", rps: 10, workers: 900 } })).toEqual([]);
});

test("an account whose polls must stretch passes, and is named", () => {
  expect(check({ prod: { customer: "c", rps: 10, workers: 1_000 } })).toMatchObject([
    { account: "prod", forecast: { requests: "stretches" } },
  ]);
});

test("what cannot fit is refused for every account at once, with what to ask Agora for, and ends with 2", () => {
  const refused = () =>
    check({
      prod: { customer: "c1", rps: 10, workers: 2_000 },
      fine: { customer: "c2", rps: 10, workers: 50 },
      slow: { customer: "c3", rps: 0.1, workers: 50 },
    });
  expect(refused).toThrow(/^error REC_QUOTA_FORECAST {2}autorec\.yaml/);
  expect(refused).toThrow(/account "prod": .* ask Agora for 21 requests per second \(11 just fit\).* workers to 1694/s);
  expect(refused).toThrow(/account "slow"/);
  expect(refused).not.toThrow(/account "fine"/);
  expect(refused).toThrow(/2 problems in autorec\.yaml · nothing was started {8}\(exit 2\)/);
});

test("apps of one customer share an account, and the smallest figure of any of them counts", () => {
  const policy = policyOf({
    one: { customer: "c", rps: 20, workers: 30 },
    two: { customer: "c", rps: 10, workers: 50 },
    other: { customer: "d", rps: 5, workers: 10 },
  });
  expect(Object.fromEntries(accountQuotas(policy))).toEqual({
    one: { requestsPerSecond: 10, workers: 30 },
    other: { requestsPerSecond: 5, workers: 10 },
  });
});

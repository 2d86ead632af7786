import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examplePolicyPath } from "@autorec/demo";

/** Writes the example policy with another quota, and with one recovery for all rules if it is named; answers its path. */
export function writePolicy(
  folder: string,
  quota: { readonly requestsPerSecond: number; readonly workers: number; readonly recovery?: "eager" },
): string {
  const { recovery, requestsPerSecond, workers } = quota;
  const limited = readFileSync(examplePolicyPath, "utf8")
    .replace(/requestsPerSecond: \d+/, `requestsPerSecond: ${String(requestsPerSecond)}`)
    .replace(/workers: \d+/, `workers: ${String(workers)}`);
  const path = join(folder, `quota-${String(requestsPerSecond)}.autorec.yaml`);
  writeFileSync(
    path,
    recovery === undefined ? limited : limited.replaceAll(/^( +)mode: .*$/gm, `$&\n$1recovery: ${recovery}`),
  );
  return path;
}

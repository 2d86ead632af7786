import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examplePolicyPath } from "@autorec/demo";
import type { Durations } from "@autorec/domain";

/** A policy whose rules differ in their recovery, as a file; and the same for the judge. */
export interface MixedPolicy {
  readonly policyPath: string;
  readonly recoveries: readonly { readonly channel: string; readonly coverAfterMs: number }[];
  /** The name of the `i`-th channel: every recovery has a third of them. */
  channelName(i: number): string;
  remove(): void;
}

const requestsPerSecond = 400;
/** Beside the recorders: successors, those that are still stopping, and the workers kept for them. */
const spareWorkers = 100;

/** The example policy with room for so many channels, a third of them `eager`, a third `patient`. */
export function writeMixedPolicy(channelCount: number, durations: Durations): MixedPolicy {
  const folder = mkdtempSync(join(tmpdir(), "autorec-chaos-"));
  const policyPath = join(folder, "chaos.autorec.yaml");
  const rule = (recovery: "eager" | "patient"): string =>
    `  - { name: ${recovery}, match: { app: demo, channel: "${recovery}-*" }, mode: mix, storage: simulated, recovery: ${recovery} }\n`;
  const text = readFileSync(examplePolicyPath, "utf8")
    .replace(/requestsPerSecond: \d+/, `requestsPerSecond: ${String(requestsPerSecond)}`)
    .replace(/workers: \d+/, `workers: ${String(2 * channelCount + spareWorkers)}`)
    .replace(/^rules:\n/m, `rules:\n${rule("eager")}${rule("patient")}`);
  writeFileSync(policyPath, text);
  return {
    policyPath,
    recoveries: [
      { channel: "eager-*", coverAfterMs: durations.coverAfterEagerMs },
      { channel: "patient-*", coverAfterMs: durations.coverAfterPatientMs },
    ],
    channelName: (i) => `${["standard", "eager", "patient"][i % 3] ?? "standard"}-${String(i + 1).padStart(3, "0")}`,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

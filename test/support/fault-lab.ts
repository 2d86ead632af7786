import { type FaultPresetName, startSimulator } from "@autorec/simulator";
import { expect, vi } from "vitest";
import { createAgoraCaller } from "./agora-caller.ts";

const account = { appId: "0123456789abcdef0123456789abcdef", customerId: "customer", customerSecret: "a-secret" };

/** A simulator in which everything that can wait waits a few milliseconds, and somebody who calls it. */
export async function createLab() {
  const lines: string[] = [];
  const simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [
        {
          customerId: "customer",
          customerSecret: "a-secret",
          requestsPerSecond: 1_000,
          apps: [{ appId: account.appId }],
        },
      ],
      durations: {
        answerMs: { min: 0, max: 0 },
        statusWalkMs: [5, 10, 15, 20],
        firstSliceMs: 30,
        unconfirmedDeathMs: 50,
        syncStopUploadMs: 10,
        migrationMs: { min: 100, max: 100 },
        exitWindowMs: 50,
      },
    },
    onHistoryLine: (line) => lines.push(line),
    seed: 1,
  });
  const caller = createAgoraCaller(simulator.baseUrl, account, 1_000);
  const order = simulator.client.fault;
  await simulator.client.join({ channelName: "room", uid: 1 });
  return { simulator, ...caller, order, lines, join: simulator.client.join };
}
/** What `createLab` makes. */
export type Lab = Awaited<ReturnType<typeof createLab>>;

/** Whether a line of the history says so. */
export function hasLine(lab: Lab, ...parts: readonly string[]): boolean {
  return lab.lines.some((line) => parts.every((part) => line.includes(part)));
}

/** The words that the calls were answered with. */
export async function words(...calls: readonly Promise<{ readonly word: string }>[]): Promise<readonly string[]> {
  return (await Promise.all(calls)).map(({ word }) => word);
}

/** What a query shows: the status, or the refusal. */
export async function shown(lab: Lab, started: Awaited<ReturnType<Lab["record"]>>): Promise<string> {
  const { word, body } = await lab.query(started);
  const response = body["serverResponse"];
  return typeof response === "object" && response !== null && "status" in response
    ? `status ${String(response.status)}`
    : word;
}

/** What the stop of a recording says of its upload. */
export async function uploadOf(lab: Lab): Promise<unknown> {
  const started = await lab.record();
  await vi.waitFor(async () => {
    expect(await shown(lab, started)).toBe("status 5");
  });
  return JSON.stringify((await lab.stop(started)).body["serverResponse"]);
}

/** A recording that the preset kills, beside one that it leaves alone. */
export async function diesSoon(lab: Lab, preset: FaultPresetName): Promise<void> {
  await lab.order({ preset });
  const [doomed, healthy] = [await lab.record(), await lab.record(901, "other")];
  await vi.waitFor(async () => {
    expect(await shown(lab, doomed)).toBe("404/404");
  });
  expect(await shown(lab, healthy)).toMatch(/^status/);
}

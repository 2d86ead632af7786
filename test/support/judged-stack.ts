import { readFile } from "node:fs/promises";
import type { Stack } from "@autorec/demo";
import type { Judgement } from "@autorec/simulator/judge";

const lookMs = 250;

/** Waits until no recorder is live any more, `limitMs` at most; one that stays is the judge's affair. */
export async function untilSettled(stack: Pick<Stack, "simulator">, limitMs: number): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (performance.now() < untilMs) {
    const { channels, pendingEvents } = await stack.simulator.state();
    const recorders = channels.flatMap((channel) => channel.recorders);
    if (pendingEvents === 0 && recorders.every(({ phase }) => phase === "gone" || phase === "refused")) return;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

const linesShown = 8;

/** The last words of every process, for the report of a run that could not be played. */
export async function logTails(stack: Pick<Stack, "services">): Promise<string> {
  const tails = await Promise.all(
    [...stack.services.values()].map(async (service) => {
      const last = service.logPaths.at(-1);
      const text = last === undefined ? "" : await readFile(last, "utf8").catch(() => "");
      return `--- ${service.name}\n${text.split("\n").slice(-linesShown).join("\n")}`;
    }),
  );
  return tails.join("\n");
}

/** Everything that a judged run must not have, one line each. */
export function judgementProblems({ violations, leftBehind }: Judgement): readonly string[] {
  return [
    ...violations.map((each) => `${each.invariant} ${each.channelName}: ${each.message}`),
    ...(leftBehind > 0 ? [`I4 ${String(leftBehind)} recorders left behind`] : []),
  ];
}

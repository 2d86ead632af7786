import { readFile } from "node:fs/promises";
import type { Stack } from "@autorec/demo";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
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

/** Everybody leaves, one person a channel; judges the history when the last recorder has gone, `limitMs` later at most. */
export async function emptyAndJudge(
  { historyPath, simulator }: Pick<Stack, "historyPath" | "simulator">,
  people: readonly { readonly channelName: string; readonly uid: number }[],
  limitMs: number,
): Promise<Judgement> {
  for (const person of people) await simulator.leave(person);
  await simulator.waitFor(
    "no recorder is left",
    ({ channels, pendingEvents }) =>
      pendingEvents === 0 && channels.every(({ recorders }) => recorders.every(({ phase }) => phase !== "live")),
    limitMs,
  );
  await simulator.note({ note: "run-ended" });
  return judgeHistory(await readHistory(historyPath));
}

/** Recorders that have come to a channel until now. */
export async function countRecorders({ historyPath }: Pick<Stack, "historyPath">): Promise<number> {
  return (await readHistory(historyPath)).filter(({ kind }) => kind === "recorder-joined").length;
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

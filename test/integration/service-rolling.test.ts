import { playScenario, startStack } from "@autorec/demo";
import type { Action, ProcessName, Stack } from "@autorec/demo";
import { fastDurations } from "@autorec/domain";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import type { HistoryLine } from "@autorec/simulator/judge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testKafkaBrokers } from "../support/kafka.ts";
import { testRedisUrl } from "../support/redis.ts";

const patienceMs = 60_000;
const drainMsMax = 30_000;
/** Somebody is always there. */
const steady = ["steady-1", "steady-2", "steady-3", "steady-4"] as const;
/** Empties and fills again, past its grace. */
const busy = ["busy-1", "busy-2", "busy-3"] as const;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    devstack: { kafkaBrokers: testKafkaBrokers(), redisUrl: testRedisUrl() },
    consumers: 2,
    watchdogs: 2,
    durations: fastDurations,
    requestsPerSecond: 200,
    delivery: { copies: 2, shuffleWindowMs: 200, dropRate: 0 },
    seed: 3,
  });
});

afterAll(() => stack.stop());

/** Tells the judge what an operator does: a consumer that goes or comes moves partitions. */
async function restart(name: ProcessName): Promise<void> {
  const service = stack.services.get(name);
  if (service === undefined) throw new Error(`the stack has no ${name}`);
  const role = name.startsWith("consumer") ? "consumer" : "watchdog";
  await service.stop(drainMsMax);
  await stack.simulator.note({ note: "process-stopped", role, instanceId: name });
  await service.start();
  await stack.simulator.note({ note: "process-started", role, instanceId: name });
}

function untilRecorded(channelNames: readonly string[]): Promise<unknown> {
  return stack.simulator.waitFor(
    "a recorder in every channel",
    ({ channels }) =>
      channelNames.every((name) =>
        channels.some(
          ({ channelName, recorders }) => channelName === name && recorders.some(({ phase }) => phase === "live"),
        ),
      ),
    patienceMs,
  );
}

/** People of the busy channels: away for longer than the grace, in turns, again and again. */
function comingAndGoing(rounds: number): readonly Action[] {
  return Array.from({ length: rounds }, (_, round) =>
    busy.flatMap((channel, i): readonly Action[] => {
      const atMs = round * 9_000 + i * 1_500;
      return [
        { kind: "leave", channel, uid: 1, reason: 1, comesBack: true, atMs },
        { kind: "join", channel, uid: 1, atMs: atMs + 5_000 },
      ];
    }),
  )
    .flat()
    .toSorted((a, b) => a.atMs - b.atMs);
}

const isRecorderOf =
  (channelName: string) =>
  (line: HistoryLine): boolean =>
    (line.kind === "recorder-joined" || line.kind === "recorder-left") && line.channelName === channelName;

test("a rolling SIGTERM of every process breaks no bound, and recorders run on as if nothing happened", async () => {
  const join = (channelName: string, uid: number): Promise<unknown> => stack.simulator.join({ channelName, uid });
  const leave = (channelName: string, uid: number): Promise<unknown> =>
    stack.simulator.leave({ channelName, uid, reason: 1 });
  await Promise.all([...steady, ...busy].map((channelName) => join(channelName, 1)));
  await untilRecorded([...steady, ...busy]);

  const enough = new AbortController();
  const people = playScenario(comingAndGoing(30), { stack, signal: enough.signal });
  for (const [i, name] of [...stack.services.keys()].entries()) {
    await restart(name);
    // A guest of a channel that is recorded already, until the next process has changed.
    await join(steady[0], 100 + i);
    await leave(steady[0], 99 + i);
  }
  enough.abort();
  await people;

  await Promise.all(busy.map((channelName) => join(channelName, 2)));
  await untilRecorded([...steady, ...busy]);
  const { channels } = await stack.simulator.state();
  await Promise.all(
    channels.flatMap(({ channelName, participants }) => participants.map(({ uid }) => leave(channelName, uid))),
  );
  await stack.simulator.waitFor(
    "every recorder to be stopped",
    (now) =>
      now.pendingEvents === 0 &&
      now.channels.every(({ recorders }) => recorders.every(({ phase }) => phase === "gone" || phase === "refused")),
    patienceMs,
  );
  await stack.simulator.note({ note: "run-ended" });

  const lines = await readHistory(stack.historyPath);
  const judgement = judgeHistory(lines);
  expect(judgement.violations).toEqual([]);
  expect(judgement).toMatchObject({ uidClashes: 0, overlapsUnexplained: 0, leftBehind: 0 });
  // The busy channels were emptied and filled while processes came and went, or this has shown nothing.
  expect(judgement.sessions).toBeGreaterThan(steady.length + busy.length);
  for (const channelName of steady) {
    // One recorder from the first join to the last leave: no restart, hence no gap after the first confirmation.
    expect(lines.filter(isRecorderOf(channelName)).map(({ kind }) => kind)).toEqual([
      "recorder-joined",
      "recorder-left",
    ]);
    expect(judgement.gaps.filter((gap) => gap.channelName === channelName).map((gap) => gap.cause)).toEqual([
      "start_latency",
    ]);
  }
});

import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { roleOf } from "../stack/start-stack.ts";
import type { Stack } from "../stack/start-stack.ts";
import type { Action, ProcessFault, ProcessName } from "./action.ts";

/** On what a scenario is played. */
export interface PlayOptions {
  readonly stack: Pick<Stack, "simulator" | "services" | "historyPath">;
  /** A broker that may be stopped; needed only by scenarios that stop it. */
  readonly broker?: { stopKafka(): Promise<void>; startKafka(): Promise<void> };
  /** Hears of each action when its time has come, before it is carried out. */
  readonly onAction?: (action: Action) => void;
  /** Ends the scenario early: no further action begins, and no recorder is waited for. */
  readonly signal?: AbortSignal;
}

/** A recorder that is to be killed or moved may not be there yet, or not again: it is waited for so long. */
const recorderMsMax = 6_000;
/** Longest wait for a start of the process that is to be killed in the middle of one. */
const midStartMsMax = 8_000;
/** Held answers of a start: long enough to kill its sender before it arrives, shorter than the call's limit. */
const heldStartMs = 1_500;

/** Plays the actions at their times; resolves when the last one has been carried out. Rejects when one cannot be. */
export async function playScenario(actions: readonly Action[], options: PlayOptions): Promise<void> {
  const startedAtMs = performance.now();
  const underWay: Promise<void>[] = [];
  for (const action of actions) {
    await sleepUntil(startedAtMs + action.atMs, options.signal);
    if (options.signal?.aborted === true) break;
    options.onAction?.(action);
    const done = carryOut(action, options);
    // What happens in one channel or to one process keeps its order by its times; nobody waits for a slow one.
    underWay.push(done);
  }
  await Promise.all(underWay);
}

async function carryOut(action: Action, options: PlayOptions): Promise<void> {
  const { simulator } = options.stack;
  switch (action.kind) {
    case "join":
      await simulator.join({ channelName: action.channel, uid: action.uid });
      return;
    case "leave":
      await simulator.leave({
        channelName: action.channel,
        uid: action.uid,
        reason: action.reason,
        rejoinExpected: action.comesBack,
      });
      return;
    case "kill":
      await untilDone(
        async () => (await simulator.kill({ channelName: action.channel, silent: action.silent })) !== undefined,
        options.signal,
      );
      return;
    case "migrate":
      await untilDone(
        async () => (await simulator.migrate({ channelName: action.channel })) !== undefined,
        options.signal,
      );
      return;
    case "lose-start-answer":
      await simulator.fault({ fault: "lose-answer", match: { call: "start", channelName: action.channel }, count: 1 });
      return;
    case "copies":
      await simulator.changeSettings({ delivery: { copies: action.copies } });
      return;
    case "process":
      await disturbProcess(action.target, action.fault, options);
      return;
    case "broker":
      await disturbBroker(action.fault, options);
      return;
  }
}

async function disturbProcess(target: ProcessName, fault: ProcessFault, { stack }: PlayOptions): Promise<void> {
  const service = stack.services.get(target);
  if (service === undefined) throw new Error(`the stack has no ${target}`);
  const note = (word: "process-killed" | "process-paused" | "process-resumed" | "process-started"): Promise<void> =>
    stack.simulator.note({ note: word, role: roleOf(target), instanceId: target });
  switch (fault) {
    case "kill":
      service.signal("SIGKILL");
      return note("process-killed");
    case "kill-mid-start":
      await untilMidStart(stack, target);
      service.signal("SIGKILL");
      return note("process-killed");
    case "pause":
      service.signal("SIGSTOP");
      return note("process-paused");
    case "resume":
      service.signal("SIGCONT");
      return note("process-resumed");
    case "start":
      await service.start();
      return note("process-started");
  }
}

/** Holds the answer of the process's next start and resolves as soon as one is held. */
async function untilMidStart({ simulator, historyPath }: PlayOptions["stack"], instanceId: string): Promise<void> {
  const { size } = await stat(historyPath);
  await simulator.fault({
    fault: "delay",
    delayMs: heldStartMs,
    when: "afterEffect",
    match: { call: "start", client: instanceId },
  });
  const isHeld = async (): Promise<boolean> => {
    const written = (await readFile(historyPath)).subarray(size).toString();
    return written.split("\n").some((line) => line.includes('"fault":"delay"') && line.includes('"phase":"applied"'));
  };
  const untilMs = performance.now() + midStartMsMax;
  while (!(await isHeld())) {
    if (performance.now() > untilMs) throw new Error(`${instanceId} sent no start within ${String(midStartMsMax)} ms`);
    await sleepUntil(performance.now() + 50);
  }
}

async function disturbBroker(fault: "stop" | "start", { broker, stack }: PlayOptions): Promise<void> {
  if (broker === undefined) throw new Error("this run has no broker that may be stopped");
  if (fault === "stop") {
    await stack.simulator.note({ note: "broker-stopped" });
    await broker.stopKafka();
    return;
  }
  await broker.startKafka();
  await stack.simulator.note({ note: "broker-up" });
}

async function untilDone(attempt: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
  const untilMs = performance.now() + recorderMsMax;
  while (!(await attempt())) {
    if (performance.now() > untilMs || signal?.aborted === true) return;
    await sleepUntil(performance.now() + 200, signal);
  }
}

/** An abort ends the wait early; whoever waits looks at the signal. */
async function sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(Math.max(0, atMs - performance.now()), undefined, { signal }).catch(() => undefined);
}

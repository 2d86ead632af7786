import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "@autorec/demo";
import { judgeHistory, readHistory } from "@autorec/simulator/judge";
import type { HistoryLine, Judgement } from "@autorec/simulator/judge";
import { countIntake } from "../support/count-intake.ts";
import type { Intake } from "../support/count-intake.ts";
import { logTails, untilSettled } from "../support/judged-stack.ts";
import { startBreakableStack } from "./breakable-stack.ts";
import { faults } from "./faults.ts";
import type { FaultName } from "./faults.ts";

/** What one fault did to a deployment in steady operation, from the simulator's history alone. */
export interface LivedThrough {
  readonly judgement: Judgement;
  readonly intake: Intake;
  /** From the end of the fault until the last gap that it met or caused was closed; 0 when all were closed before. */
  readonly recoveryMs: number;
  /** From the end of the fault until the recorder of the channel that had emptied meanwhile was gone; 0 as above. */
  readonly stopMs: number;
  /** Recorders that came up without anybody needing one: neither the first of a channel nor after a death. */
  readonly needlessStarts: number;
}

const channels = ["class-1", "class-2", "class-3", "class-4", "class-5", "class-6"] as const;
/** Its recorder dies silently during the fault. */
const [bereaved, emptied] = channels;
/** Somebody comes during the fault. */
const newcomer = "newcomer";
const settleMsMax = 60_000;
/** How long it is waited for; how long it may take is judged. */
const steadyMsMax = 90_000;
const recoverMsMax = 120_000;

/**
 * Six channels are recorded; in the middle of the fault somebody comes to a seventh, one recorder dies silently and one
 * channel empties. When everything is as it should be again, everybody leaves.
 */
export async function liveThrough(name: FaultName): Promise<LivedThrough> {
  const world = await startBreakableStack({ seed: 1, ...historyOf(name) });
  const { stack } = world;
  const { simulator } = stack;
  try {
    for (const [i, channelName] of channels.entries()) await simulator.join({ channelName, uid: 1 + i });
    await simulator.waitFor("six channels are recorded", isRecorded(channels), steadyMsMax);
    await untilInOperation(stack);

    const happened = faults[name].happen(world);
    happened.catch(() => undefined);
    await sleep(500);
    await simulator.join({ channelName: newcomer, uid: 77 });
    await simulator.kill({ channelName: bereaved, silent: true });
    await simulator.leave({ channelName: emptied, uid: 2 });
    await happened;
    const faultEndsAtMs = await lastNote(stack);
    const occupied = [...channels.filter((each) => each !== emptied), newcomer];
    await simulator.waitFor(
      "everybody is recorded, and nobody else",
      (state) => isRecorded(occupied)(state) && !isRecorded([emptied])(state) && state.pendingEvents === 0,
      recoverMsMax,
    );

    for (const [i, channelName] of channels.entries()) await simulator.leave({ channelName, uid: 1 + i });
    await simulator.leave({ channelName: newcomer, uid: 77 });
    await untilSettled(stack, settleMsMax);
    await simulator.note({ note: "run-ended" });
    const intake = await countIntake(stack, world.devstack);
    return { ...judged(await readHistory(stack.historyPath), faultEndsAtMs), intake };
  } catch (cause) {
    throw new Error(`${name} could not be lived through:\n${await logTails(stack)}`, { cause });
  } finally {
    await world.stop();
  }
}

/** CHAOS_HISTORY_DIR keeps the history of a failed test, to look at. */
function historyOf(name: FaultName): { readonly historyPath?: string } {
  const folder = process.env["CHAOS_HISTORY_DIR"];
  return folder === undefined ? {} : { historyPath: join(folder, `${name}.jsonl`) };
}

/** Each recorder has been seen at its work: the fault meets operation, not a start, of which less is known. */
async function untilInOperation({ historyPath }: Stack): Promise<void> {
  const untilMs = performance.now() + steadyMsMax;
  for (;;) {
    const seen = (await readHistory(historyPath)).flatMap((line) =>
      line.kind === "request" && line.call === "query" && line.answered && line.recorderStatus === recordingStatus
        ? [line.channelName]
        : [],
    );
    if (channels.every((name) => seen.includes(name))) return;
    if (performance.now() > untilMs) throw new Error(`no recorder was seen at work in ${steadyMsMax} ms`);
    await sleep(200);
  }
}

/** Agora's status of a recorder that has met media. */
const recordingStatus = 5;

type State = Awaited<ReturnType<Stack["simulator"]["state"]>>;

function isRecorded(names: readonly string[]): (state: State) => boolean {
  return (state) =>
    names.every((name) =>
      state.channels.some(
        ({ channelName, recorders }) => channelName === name && recorders.some(({ phase }) => phase === "live"),
      ),
    );
}

async function lastNote({ historyPath }: Stack): Promise<number> {
  const notes = (await readHistory(historyPath)).filter(({ kind }) => kind === "note");
  return notes.at(-1)?.atMs ?? 0;
}

function judged(lines: readonly HistoryLine[], faultEndsAtMs: number): Omit<LivedThrough, "intake"> {
  const judgement = judgeHistory(lines);
  const sinceFault = (atMs: number): number => Math.max(0, atMs - faultEndsAtMs);
  const exits = lines.filter((line) => line.kind === "recorder-left" && line.channelName === emptied);
  return {
    judgement,
    recoveryMs: Math.max(0, ...judgement.gaps.map(({ endMs }) => sinceFault(endMs))),
    stopMs: Math.max(0, ...exits.map(({ atMs }) => sinceFault(atMs))),
    // One per channel, and one for the recorder that died.
    needlessStarts: judgement.starts - (channels.length + 1) - 1,
  };
}

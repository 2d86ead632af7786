import type { Flaw } from "../core/flaw.ts";
import { joinParticipant } from "../core/participants.ts";
import { orderKill, orderMigration } from "../core/recorder-orders.ts";
import { failRecorder, isOver, silenceRecorder } from "../core/recorders.ts";
import { setUploadResult } from "../core/uploads.ts";
import type { Recording } from "../core/recording.ts";
import type { World } from "../core/world.ts";
import type { Harm, HarmOrder } from "./fault-order.ts";

/** What is wrong with a recording from its start on; undefined: nothing yet, the harm comes later or is of another kind. */
export function flawOfHarms(orders: readonly HarmOrder[]): Flaw | undefined {
  return orders.flatMap(({ harm, afterMs }) => (afterMs === 0 && isFlaw(harm) ? [harm] : []))[0];
}

/** Lets all that was ordered happen to the recording in its time; what `flawOfHarms` found has happened already. */
export function planHarms(world: World, recording: Recording, orders: readonly HarmOrder[]): void {
  for (const { harm, afterMs, windowMs } of orders) {
    if (afterMs === 0 && isFlaw(harm)) continue;
    const happen = (): void => {
      harmRecording(world, recording, { harm, windowMs });
    };
    if (afterMs === 0) happen();
    else recording.cancels.push(world.scheduler.at(world.scheduler.nowMs() + afterMs, happen));
  }
}

/** Lets one thing happen to a recording now; false when it is too late for that. */
export function harmRecording(
  world: World,
  recording: Recording,
  { harm, windowMs }: { readonly harm: Harm; readonly windowMs?: number | undefined },
): boolean {
  const { sid, channel } = recording;
  const choice = { sid };
  if (harm === "kill" || harm === "kill-silently") {
    return orderKill(world, choice, { silent: harm === "kill-silently" }) !== undefined;
  }
  if (harm === "migrate") return orderMigration(world, choice, { windowMs, silent: false }) !== undefined;
  if (isOver(recording)) return false;
  const { appId, channelName } = channel;
  const { uid } = recording;
  world.record({ kind: "fault", fault: "harm", harm, phase: "applied", appId, channelName, uid, sid });
  switch (harm) {
    case "silence":
      silenceRecorder(world, recording);
      return true;
    case "uid-clash":
      return joinParticipant(world, { appId, channelName, uid, role: "host" }) === "joined";
    case "backup-upload":
      setUploadResult(recording, "backuped");
      return true;
    case "failed-upload":
      setUploadResult(recording, "failed");
      return true;
    case "token":
    case "tokenExpired":
    case "transcoding":
    case "storage":
      failRecorder(world, recording, harm);
      return true;
  }
}

function isFlaw(harm: Harm): harm is Harm & Flaw {
  return harm === "token" || harm === "tokenExpired" || harm === "transcoding" || harm === "storage";
}

import { migrateRecorder } from "./migrate-recorder.ts";
import { killRecorder } from "./recorders.ts";
import type { Recording } from "./recording.ts";
import type { World } from "./world.ts";

/** Which recorder an order means: the sid's, or the one that came into the channel last. */
export interface RecorderChoice {
  readonly appId?: string | undefined;
  readonly channelName?: string | undefined;
  readonly sid?: string | undefined;
}

/** The recorder that an order hit, by its uid at that moment. */
export interface HitRecorder {
  readonly channelName: string;
  readonly uid: number;
  readonly sid: string;
}

/** Kills a live recorder and writes the fault; undefined when none is live there. */
export function orderKill(
  world: World,
  choice: RecorderChoice,
  options: { readonly silent: boolean },
): HitRecorder | undefined {
  const recording = chooseRecording(world, choice);
  if (recording === undefined) return undefined;
  const hit = hitOf(recording);
  recordFault(world, recording, { fault: "kill-recorder", silent: options.silent });
  killRecorder(world, recording, options.silent);
  return hit;
}

/** Migrates a live recorder and writes the fault; the fourth time its recording ends instead. */
export function orderMigration(
  world: World,
  choice: RecorderChoice,
  options: { readonly windowMs?: number | undefined; readonly silent: boolean },
): (HitRecorder & { readonly windowMs: number; readonly result: "migrating" | "ended" }) | undefined {
  const recording = chooseRecording(world, choice);
  if (recording === undefined) return undefined;
  const hit = hitOf(recording);
  const { min, max } = world.settings.durations.migrationMs;
  const windowMs = options.windowMs ?? world.random.between(min, max);
  recordFault(world, recording, { fault: "migrate-recorder", silent: options.silent, delayMs: windowMs });
  const result = migrateRecorder(world, recording, { windowMs, silent: options.silent });
  return { ...hit, windowMs, result };
}

/** The live recording that an order means. */
export function chooseRecording(world: World, choice: RecorderChoice): Recording | undefined {
  const live = candidates(world, choice).filter(
    ({ phase, channel }) =>
      phase.name === "live" &&
      (choice.channelName === undefined || choice.channelName === channel.channelName) &&
      (choice.appId === undefined || choice.appId === channel.appId),
  );
  return live.toSorted((a, b) => a.joinedAtMs - b.joinedAtMs).at(-1);
}

/** By sid or channel, so that nobody has to look through all recordings. */
function candidates(world: World, { appId, channelName, sid }: RecorderChoice): readonly Recording[] {
  if (sid !== undefined) {
    const recording = world.recordings.get(sid);
    return recording === undefined ? [] : [recording];
  }
  if (channelName === undefined) return [...world.open];
  const apps = world.settings.accounts.flatMap((account) => account.apps.map((app) => app.appId));
  const channels = (appId === undefined ? apps : [appId]).map((app) => world.channels.get(`${app}/${channelName}`));
  return channels.flatMap((channel) => [...(channel?.tasks ?? [])]);
}

function hitOf({ channel, uid, sid }: Recording): HitRecorder {
  return { channelName: channel.channelName, uid, sid };
}

function recordFault(
  world: World,
  { channel, uid, sid }: Recording,
  fault: { readonly fault: string; readonly silent: boolean; readonly delayMs?: number },
): void {
  const { appId, channelName } = channel;
  world.record({ kind: "fault", phase: "applied", ...fault, appId, channelName, uid, sid });
}

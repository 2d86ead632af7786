import { z } from "zod";
import { changeRole, joinParticipant, leaveParticipant } from "../core/participants.ts";
import type { HitRecorder, RecorderChoice } from "../core/recorder-orders.ts";
import { chooseRecording, orderKill, orderMigration } from "../core/recorder-orders.ts";
import type { World } from "../core/world.ts";
import { harms } from "../faults/fault-order.ts";
import { harmRecording } from "../faults/harm-recording.ts";

const uid = z.int().min(1).max(4_294_967_295);
const appId = z.string().optional().describe("May be left out when the settings have one app.");
const channelName = z.string().min(1);
const silent = z.boolean().default(false).describe("Its leave event is not published.");

export const joinSchema = z.strictObject({
  appId,
  channelName,
  uid,
  role: z.enum(["host", "audience"]).default("host"),
  publishes: z.enum(["both", "audio", "video", "nothing"]).default("both").describe("What it sends while it is host."),
  platform: z.int().optional().describe("Of the join event."),
  clientType: z.int().optional().describe("Of the join event."),
  account: z.string().optional().describe("Of the join event."),
});
export const leaveSchema = z.strictObject({
  appId,
  channelName,
  uid,
  reason: z.int().default(1).describe("Agora's leave reason; 5: another device took over, nobody leaves."),
  rejoinExpected: z.boolean().default(false).describe("It will come back soon, so its leave event may be dropped."),
});
export const roleSchema = z.strictObject({
  appId,
  channelName,
  uid,
  role: z.enum(["host", "audience"]).default("host"),
});
const choice = {
  appId,
  channelName: channelName.optional().describe("Means the recorder that came into it last."),
  sid: z.string().optional(),
};
export const killSchema = z.strictObject({ ...choice, silent });
export const migrateSchema = z.strictObject({
  ...choice,
  windowMs: z.int().positive().optional().describe("Length of the 404 window; durations.migrationMs unless given."),
  silent,
});
export const harmSchema = z.strictObject({
  ...choice,
  harm: z.enum(harms),
  windowMs: z.int().positive().optional().describe("Of `migrate`."),
});
export const noteSchema = z.looseObject({
  note: z.string().min(1),
  role: z.enum(["consumer", "watchdog", "other"]).exactOptional(),
  instanceId: z.string().exactOptional(),
});

/** An order is well-formed but cannot be meant; the message says why. */
export class OrderError extends Error {
  override readonly name: string = "OrderError";
}

/** What an order is about is not there; the message says what is. */
export class NotThereError extends OrderError {
  override readonly name = "NotThereError";
}

export function join(world: World, order: z.output<typeof joinSchema>) {
  return joinParticipant(world, { ...order, appId: appOf(world, order.appId) });
}

export function leave(world: World, order: z.output<typeof leaveSchema>) {
  return leaveParticipant(world, { ...order, appId: appOf(world, order.appId) });
}

export function setRole(world: World, order: z.output<typeof roleSchema>) {
  return changeRole(world, { ...order, appId: appOf(world, order.appId) });
}

export function kill(world: World, order: z.output<typeof killSchema>) {
  requireChoice(world, order);
  return orderKill(world, order, order);
}

export function migrate(world: World, order: z.output<typeof migrateSchema>) {
  requireChoice(world, order);
  return orderMigration(world, order, order);
}

/** Undefined: no recorder is live there, or it is too late. */
export function harm(world: World, order: z.output<typeof harmSchema>): HitRecorder | undefined {
  requireChoice(world, order);
  const recording = chooseRecording(world, order);
  if (recording === undefined) return undefined;
  const { channel, uid: recorderUid, sid } = recording;
  const hit = { channelName: channel.channelName, uid: recorderUid, sid };
  return harmRecording(world, recording, order) ? hit : undefined;
}

/** The recorder that an order hit. @throws NotThereError that says why it hit none. */
export function requireHit<Hit>(world: World, choice: RecorderChoice, hit: Hit | undefined): Hit {
  if (hit !== undefined) return hit;
  throw new NotThereError(`${whyNoHit(world, choice)}; GET /admin/state tells who is where`);
}

function whyNoHit(world: World, choice: RecorderChoice): string {
  const { sid, channelName, appId: app } = choice;
  const meant = chooseRecording(world, choice);
  if (meant !== undefined) return `the uid ${String(meant.uid)} is in the channel already`;
  const known = sid === undefined ? undefined : world.recordings.get(sid);
  if (known !== undefined && known.phase.name !== "live") return `the recording ${known.sid} is ${known.phase.name}`;
  const where = [
    ...(sid === undefined ? [] : [`with sid ${sid}`]),
    ...(channelName === undefined ? [] : [`in channel ${channelName}`]),
    ...(app === undefined ? [] : [`of app ${app}`]),
  ];
  return `no recorder ${where.join(" ")} is live`;
}

function appOf(world: World, given: string | undefined): string {
  const apps = world.settings.accounts.flatMap((account) => account.apps.map((app) => app.appId));
  if (given !== undefined) {
    if (apps.includes(given)) return given;
    throw new OrderError(`appId ${given} is not in the settings; expected one of ${apps.join(", ")}`);
  }
  const [only, second] = apps;
  if (only === undefined || second !== undefined) {
    throw new OrderError(`the settings have ${String(apps.length)} apps: name one in appId`);
  }
  return only;
}

function requireChoice(world: World, order: RecorderChoice): void {
  if (order.channelName === undefined && order.sid === undefined) throw new OrderError("expected channelName or sid");
  if (order.appId !== undefined) appOf(world, order.appId);
}

import type { Channel, Recording, Resource } from "./recording.ts";
import type { Expiring, World } from "./world.ts";

/** Things of a kind that are kept although they are over; beyond it the oldest goes early. */
const keptMax = 100_000;
/** A sweep moves the rest of its queue, so it comes seldom; nobody waits for a long one. */
const sweepPauseMs = 1_000;
const sweptMax = 10_000;

/** Forgets the resource a while after it can no longer be started, unless it was. */
export function rememberResource(world: World, resource: Resource): void {
  const { resourceLifeMs, forgetMs } = world.settings.durations;
  keep(world, world.memory.resources, { dueMs: resource.acquiredAtMs + resourceLifeMs + forgetMs, thing: resource });
}

/** Forgets the recording and its resource a while after it is over. */
export function rememberRecording(world: World, recording: Recording): void {
  const dueMs = world.scheduler.nowMs() + world.settings.durations.forgetMs;
  keep(world, world.memory.recordings, { dueMs, thing: recording });
}

/** Forgets the channel a while after everybody left it. */
export function rememberVacancy(world: World, channel: Channel): void {
  if (!isVacant(channel)) return;
  const dueMs = world.scheduler.nowMs() + world.settings.durations.forgetMs;
  keep(world, world.memory.channels, { dueMs, thing: channel });
}

function keep<Thing>(world: World, queue: Expiring<Thing>[], entry: Expiring<Thing>): void {
  queue.push(entry);
  const nowMs = world.scheduler.nowMs();
  if (nowMs - world.memory.sweptAtMs < sweepPauseMs) return;
  world.memory.sweptAtMs = nowMs;
  sweep(world);
}

/** No timer: whoever adds something throws out what has become too old. */
function sweep(world: World): void {
  const { resources, recordings, channels } = world.memory;
  takeDue(world, resources, (resource) => {
    if (resource.recording === undefined) world.resources.delete(resource.resourceId);
  });
  takeDue(world, recordings, (recording) => {
    world.recordings.delete(recording.sid);
    world.resources.delete(recording.resource.resourceId);
  });
  takeDue(world, channels, (channel) => {
    const key = `${channel.appId}/${channel.channelName}`;
    if (isVacant(channel) && world.channels.get(key) === channel) world.channels.delete(key);
  });
}

function takeDue<Thing>(world: World, queue: Expiring<Thing>[], forget: (thing: Thing) => void): void {
  const nowMs = world.scheduler.nowMs();
  let taken = 0;
  for (const { dueMs, thing } of queue) {
    if (dueMs > nowMs && queue.length - taken <= keptMax) break;
    taken += 1;
    forget(thing);
    if (taken >= sweptMax) break;
  }
  if (taken > 0) queue.splice(0, taken);
}

function isVacant({ participants, recorders, tasks }: Channel): boolean {
  return participants.size + recorders.size + tasks.size === 0;
}

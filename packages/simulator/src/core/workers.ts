import type { Recording, Resource } from "./recording.ts";
import type { World } from "./world.ts";
import { accountOfApp } from "./world.ts";

/** The recording takes a worker of its App ID: it counts against the limit and bars its channel and uid. */
export function holdWorker(world: World, recording: Recording): void {
  if (world.open.has(recording)) return;
  world.open.add(recording);
  recording.channel.tasks.add(recording);
  const { appId } = recording.resource;
  world.workersByApp.set(appId, (world.workersByApp.get(appId) ?? 0) + 1);
  world.reserved.get(appId)?.delete(recording.resource);
}

/** Where the switch says so, an acquired resource takes a worker until it is started or can no longer be. */
export function reserveWorker(world: World, resource: Resource): void {
  if (!world.settings.switches.acquireTakesWorker) return;
  const reserved = world.reserved.get(resource.appId) ?? new Set();
  world.reserved.set(resource.appId, reserved.add(resource));
  forgetOld(world, reserved);
}

/** Gives the worker back; harmless when it has none. */
export function releaseWorker(world: World, recording: Recording): void {
  if (!world.open.delete(recording)) return;
  recording.channel.tasks.delete(recording);
  const { appId } = recording.resource;
  world.workersByApp.set(appId, (world.workersByApp.get(appId) ?? 1) - 1);
}

/** Whether all workers of the App ID are taken; the one that was reserved for this resource is not. */
export function isOverWorkers(world: World, appId: string, own?: Resource): boolean {
  const account = accountOfApp(world, appId);
  if (account === undefined) return false;
  return (world.workersByApp.get(appId) ?? 0) + reservedCount(world, appId, own) >= account.workersMax;
}

function reservedCount(world: World, appId: string, own: Resource | undefined): number {
  const reserved = world.settings.switches.acquireTakesWorker ? world.reserved.get(appId) : undefined;
  if (reserved === undefined) return 0;
  forgetOld(world, reserved);
  return reserved.size - (own !== undefined && reserved.has(own) ? 1 : 0);
}

/** The oldest come first. */
function forgetOld(world: World, reserved: Set<Resource>): void {
  const oldestMs = world.scheduler.nowMs() - world.settings.durations.resourceLifeMs;
  for (const resource of reserved) {
    if (resource.acquiredAtMs > oldestMs) return;
    reserved.delete(resource);
  }
}

import type { Recording } from "./recording.ts";
import type { World } from "./world.ts";
import { accountOfApp } from "./world.ts";

/** The recording takes a worker of its App ID: it counts against the limit and bars its channel and uid. */
export function holdWorker(world: World, recording: Recording): void {
  if (world.open.has(recording)) return;
  world.open.add(recording);
  recording.channel.tasks.add(recording);
  const { appId } = recording.resource;
  world.workersByApp.set(appId, (world.workersByApp.get(appId) ?? 0) + 1);
}

/** Gives the worker back; harmless when it has none. */
export function releaseWorker(world: World, recording: Recording): void {
  if (!world.open.delete(recording)) return;
  recording.channel.tasks.delete(recording);
  const { appId } = recording.resource;
  world.workersByApp.set(appId, (world.workersByApp.get(appId) ?? 1) - 1);
}

/** Whether all workers of the App ID are taken. */
export function isOverWorkers(world: World, appId: string): boolean {
  const account = accountOfApp(world, appId);
  return account !== undefined && (world.workersByApp.get(appId) ?? 0) >= account.workersMax;
}

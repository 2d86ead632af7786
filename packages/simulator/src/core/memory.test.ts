import { describe, expect, test } from "vitest";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";

const forgetMs = 60_000;

function forgetfulAgora() {
  const agora = createSimulatedAgora({ durations: { forgetMs } });
  const sizes = () => {
    const { resources, recordings, channels, open } = agora.world;
    return [resources.size, recordings.size, channels.size, open.size];
  };
  return { agora, sizes };
}

describe("what is over is forgotten", () => {
  test("a recording is kept forgetMs after its end, then it and its resource and channel go", async () => {
    const { agora, sizes } = forgetfulAgora();
    const recording = await agora.record(7);
    agora.scheduler.advance(10 * forgetMs);
    expect(sizes()).toEqual([1, 1, 1, 0]);
    agora.scheduler.advance(forgetMs);
    await agora.acquire(8, {}, "hall");
    expect(sizes()).toEqual([1, 0, 0, 0]);
    const gone = { status: 404, body: { code: 404, reason: "failed to find worker" } };
    expect(await agora.query(recording)).toMatchObject(gone);
    expect(await agora.stop(recording)).toMatchObject(gone);
    expect(await agora.start(recording.resourceId, 7)).toMatchObject({ status: 400, body: { code: 433 } });
  });

  test("until then the rules for a recording that is over hold", async () => {
    const { agora } = forgetfulAgora();
    const recording = await agora.record(7);
    await agora.stop(recording);
    agora.scheduler.advance(forgetMs - 1);
    await agora.acquire(8);
    expect((await agora.start(recording.resourceId, 7)).status).toBe(201);
    expect((await agora.stop(recording)).status).toBe(404);
  });

  test("a resource that was never started goes forgetMs after its life", async () => {
    const { agora, sizes } = forgetfulAgora();
    const first = await agora.acquire(7);
    agora.scheduler.advance(15_000 + forgetMs - 1);
    await agora.acquire(8);
    expect(sizes()[0]).toBe(2);
    agora.scheduler.advance(1_000);
    await agora.acquire(9);
    expect(sizes()[0]).toBe(2);
    expect((await agora.start(String(first.body["resourceId"]), 7)).body["code"]).toBe(433);
  });

  test("a recording that runs is never forgotten, however old its resource is", async () => {
    const { agora } = forgetfulAgora();
    agora.join(1);
    const recording = await agora.record(7);
    for (let hours = 0; hours < 24; hours += 1) {
      agora.scheduler.advance(3_600_000);
      await agora.acquire(8);
    }
    expect((await agora.query(recording)).status).toBe(200);
  });

  test("a channel stays while somebody is in it", async () => {
    const { agora, sizes } = forgetfulAgora();
    agora.join(1);
    agora.join(2, "host", "both", "hall");
    agora.leave(1);
    agora.scheduler.advance(forgetMs);
    await agora.acquire(8);
    agora.join(3);
    agora.leave(3);
    expect(sizes()[2]).toBe(2);
    agora.scheduler.advance(forgetMs);
    await agora.acquire(8);
    agora.join(4, "host", "both", "hall");
    agora.join(5, "host", "both", "third");
    agora.leave(5);
    expect([...agora.world.channels.values()].map(({ channelName }) => channelName)).toContain("hall");
  });

  test("workers are counted per App ID, down to none", async () => {
    const { agora } = forgetfulAgora();
    const recordings = [await agora.record(7), await agora.record(8)];
    expect([...agora.world.workersByApp.values()]).toEqual([2]);
    for (const recording of recordings) await agora.stop(recording);
    for (const recording of recordings) await agora.stop(recording);
    expect([...agora.world.workersByApp.values()]).toEqual([0]);
    agora.scheduler.advance(60_000);
    expect([...agora.world.workersByApp.values()]).toEqual([0]);
  });
});

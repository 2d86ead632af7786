import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createRandom } from "../time/random.ts";
import { acquirePath, createSimulatedAgora, statusOf } from "../testing/simulated-agora.ts";
import { createScenarioPlayer } from "./play-scenario.ts";
import { readScenario } from "./read-scenario.ts";

const folder = new URL("../../../../examples/scenarios/", import.meta.url);

/** The service with an example playing in it, on time that moves by `to` (seconds from the start). */
function stage(name: string) {
  const agora = createSimulatedAgora();
  const { world, faults } = agora;
  // Of one app, so that no order must name it.
  world.settings = { ...world.settings, accounts: world.settings.accounts.slice(0, 1) };
  const warn = (message: string): void => {
    throw new Error(message);
  };
  const player = createScenarioPlayer({ world, faults, record: world.record }, { random: createRandom(3), warn });
  player.play(readScenario(readFileSync(new URL(name, folder), "utf8"), name));
  const startedAtMs = world.scheduler.nowMs();
  const to = (seconds: number): void => {
    agora.scheduler.advance(startedAtMs + seconds * 1_000 - agora.scheduler.nowMs());
  };
  const peopleIn = (channelName: string): number =>
    world.channels.get(`0123456789abcdef0123456789abcdef/${channelName}`)?.participants.size ?? 0;
  return { ...agora, player, to, peopleIn };
}
const outcome = (lab: ReturnType<typeof stage>) =>
  lab.player.list().map(({ phase, failures }) => ({ phase, failures }))[0];

const proofs: Readonly<Record<string, (lab: ReturnType<typeof stage>) => Promise<void> | void>> = {
  "school-morning.yaml": (lab) => {
    lab.to(80);
    expect(Array.from({ length: 20 }, (_, n) => lab.peopleIn(`class-${String(n)}`))).toEqual(Array(20).fill(6));
    lab.to(200);
    expect(lab.peopleIn("class-0") + lab.peopleIn("class-19")).toBe(0);
    lab.to(240);
    expect(outcome(lab)).toEqual({ phase: "ended", failures: [] });
  },
  "outage.yaml": async (lab) => {
    expect((await lab.acquire(900)).status).toBe(200);
    lab.to(11);
    expect((await lab.acquire(901)).body).toMatchObject({ code: 501 });
    lab.to(31);
    expect((await lab.acquire(902)).status).toBe(200);
    expect(outcome(lab)).toEqual({ phase: "ended", failures: [] });
  },
  "recorder-dies.yaml": async (lab) => {
    const first = await lab.record(900);
    lab.to(19);
    expect(statusOf(await lab.query(first))).toBe(5);
    lab.to(20);
    expect((await lab.query(first)).status).toBe(404);
    const second = await lab.record(901);
    lab.to(60);
    expect((await lab.query(second)).status).toBe(404);
    lab.to(90);
    expect(statusOf(await lab.query(second))).toBe(5);
    lab.to(120);
    expect(outcome(lab)).toEqual({ phase: "ended", failures: [] });
  },
  "flaky-network.yaml": async (lab) => {
    const kinds: string[] = [];
    for (let uid = 900; uid < 940; uid += 1) {
      const reply = lab.begin({ path: acquirePath(), body: { cname: "room", uid: String(uid), clientRequest: {} } });
      lab.scheduler.advance(5_000);
      kinds.push((await reply).kind);
    }
    const lostCount = kinds.filter((kind) => kind === "drop").length;
    expect([lostCount > 0, lostCount < 12]).toEqual([true, true]);
    expect(lab.lines.filter((line) => line.kind === "request" && line.fault === "delay").length).toBeGreaterThan(2);
  },
  "lost-start.yaml": async (lab) => {
    await expect(lab.record(900)).rejects.toThrow(/drop/);
    expect(lab.kinds()).toContain("recorder-joined start");
    await expect(lab.record(901)).rejects.toThrow(/hang/);
    expect(lab.kinds().filter((kind) => kind.startsWith("recorder-joined"))).toHaveLength(1);
    lab.to(10);
    expect(lab.kinds().filter((kind) => kind.startsWith("recorder-joined"))).toHaveLength(2);
  },
  "quota.yaml": async (lab) => {
    lab.join(1);
    await lab.record(900);
    await lab.record(901);
    expect((await lab.acquire(902)).body).toMatchObject({ code: 406 });
    lab.to(46);
    expect((await lab.acquire(902)).body).toMatchObject({ code: 406 });
    expect((await lab.acquire(902)).status).toBe(400);
    lab.to(61);
    expect((await lab.acquire(902)).status).toBe(200);
    expect(outcome(lab)).toEqual({ phase: "ended", failures: [] });
  },
};

test.each(Object.entries(proofs))("%s does what its first line says", async (name, prove) => {
  await prove(stage(name));
});

test("every example is proved", () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(proofs).sort());
});

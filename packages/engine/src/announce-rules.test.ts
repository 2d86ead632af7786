import { createLogger } from "@autorec/service-kit";
import { expect, test } from "vitest";
import { announceRules, keepRulesAnnounced } from "./announce-rules.ts";

const away = new Error("redis away");

function setup(failing: (round: number, shard: number) => boolean) {
  const announced: number[][] = [];
  const said: unknown[] = [];
  const sleptMs: number[] = [];
  const stopping = new AbortController();
  const { log } = createLogger({
    service: "t",
    instanceId: "i",
    version: "v",
    level: "info",
    stream: { write: (line: string) => said.push(JSON.parse(line)) },
  });
  const options = {
    store: {
      async announceRules(shard: number, hash: string, ttlMs: number) {
        expect([hash, ttlMs]).toEqual(["h", 30_000]);
        if (failing(announced.length - 1, shard)) throw away;
        announced.at(-1)?.push(shard);
        return { fresh: false };
      },
    },
    shardCount: 3,
    hash: "h",
    lifeMs: 30_000,
    clock: {
      async sleep(ms: number) {
        sleptMs.push(ms);
        announced.push([]);
        if (announced.length > 4) stopping.abort();
      },
    },
    log,
  };
  return { announced, options, said, signal: stopping.signal, sleptMs };
}

test("a shard that fails keeps no other from hearing of the rules, round after round", async () => {
  const { announced, options, signal } = setup((_, shard) => shard === 0);
  await keepRulesAnnounced(options, signal);
  expect(announced.slice(0, 4)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test("what failed is announced again soon, and said once, with its shards, and once more when it is over", async () => {
  const { options, said, signal, sleptMs } = setup((round, shard) => round >= 1 && round <= 2 && shard > 0);
  await keepRulesAnnounced(options, signal);
  expect(sleptMs).toEqual([10_000, 10_000, 1_000, 1_000, 10_000]);
  expect(said).toMatchObject([
    { level: "warn", msg: "rules could not be announced, it is tried again", shards: [1, 2], shardCount: 3 },
    { level: "info", msg: "rules are announced again", shardCount: 3 },
  ]);
  expect(said).toHaveLength(2);
});

test("a process whose rules no shard has heard of does not begin to work", async () => {
  const { announced, options } = setup((_, shard) => shard === 1);
  announced.push([]);
  await expect(announceRules(options)).rejects.toBe(away);
  expect(announced).toEqual([[0, 2]]);
});

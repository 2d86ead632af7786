import { expect, it } from "vitest";
import { live } from "../simulation/live.ts";
import { openLuaBackends } from "../simulation/lua-store.ts";
import { testRedisUrl } from "../support/redis.ts";

// Every reply of a script decides what comes next: a model that answers otherwise lives another life.
it.each([
  ["a world", { scarce: false }, [1, 2, 3, 1084]],
  ["one whose account has hardly enough", { scarce: true }, [3, 143, 108]],
])("the simulation's model of Redis and the scripts themselves live the same lives in %s", async (_, kind, seeds) => {
  const lua = await openLuaBackends(testRedisUrl());
  try {
    for (const seed of seeds) {
      const model: string[] = [];
      const scripts: string[] = [];
      await live({ seed, ...kind, trace: (line) => model.push(line) });
      const life = await live({ seed, ...kind, trace: (line) => scripts.push(line), openBackend: lua.open });
      expect(scripts, `seed ${String(seed)}`).toEqual(model);
      expect(life.violations).toEqual([]);
    }
  } finally {
    await lua.close();
  }
});

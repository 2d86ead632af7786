import { expect, it } from "vitest";
import { live } from "../simulation/live.ts";
import { openLuaBackends } from "../simulation/lua-store.ts";
import { testRedisUrl } from "../support/redis.ts";

// Every reply of a script decides what comes next: a model that answers otherwise lives another life.
it("the simulation's model of Redis and the scripts themselves live the same lives", async () => {
  const lua = await openLuaBackends(testRedisUrl());
  try {
    for (const seed of [1, 2, 3, 1084]) {
      const model: string[] = [];
      const scripts: string[] = [];
      await live({ seed, trace: (line) => model.push(line) });
      const life = await live({ seed, trace: (line) => scripts.push(line), openBackend: lua.open });
      expect(scripts, `seed ${String(seed)}`).toEqual(model);
      expect(life.violations).toEqual([]);
    }
  } finally {
    await lua.close();
  }
});

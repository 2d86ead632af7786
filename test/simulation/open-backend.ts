import type { Variant } from "./run-seeds.ts";
import { openModel } from "./live.ts";
import type { OpenedBackend } from "./store-backend.ts";

/** The model needs nothing; the scripts need a Redis, which is started for them unless `REDIS_URL` names one. */
export async function openBackendOf(variant: Variant): Promise<OpenedBackend> {
  switch (variant) {
    case "model":
      return { open: openModel, close: () => Promise.resolve() };
    case "lua": {
      const { openLuaBackends } = await import("./lua-store.ts");
      return openLuaBackends();
    }
  }
}

import type { Variant } from "./run-seeds.ts";
import { openModel } from "./live.ts";
import type { OpenBackend } from "./store-backend.ts";

/** A kind of Redis to live in, and how to give it back. */
export interface OpenedBackend {
  readonly open: OpenBackend;
  readonly close: () => Promise<void>;
}

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

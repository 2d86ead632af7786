import type { KeySpace } from "./keys.ts";
import type { RedisClient } from "./redis-client.ts";
import type { ScriptRunner } from "./script-runner.ts";
import type { TombstoneLimits } from "./tombstone-limits.ts";

/** What every part of the store works with. */
export interface StoreContext {
  readonly keys: KeySpace;
  readonly scripts: ScriptRunner;
  readonly tombstones: TombstoneLimits;
  /** A step in which an account gets back a part of what 429 or 406 has taken. */
  readonly quotaRecoverMs: number;
  /** Runs a plain command; what it throws becomes a StoreError. */
  call<T>(command: string, run: (client: RedisClient) => Promise<T>): Promise<T>;
}

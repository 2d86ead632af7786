import { z } from "zod";
import { corkWrites } from "./cork-writes.ts";
import type { RedisClient } from "./redis-client.ts";
import { fieldsOf } from "./reply-schema.ts";
import { type ScriptName, type ScriptSource, loadScript, scriptNames } from "./script-source.ts";
import { StoreError, toStoreError } from "./store-error.ts";

/** Told of every script that ran, for metrics: `reply` is the script's word, or the code of the error. */
export type OnScript = (script: ScriptName, durationMs: number, reply: string) => void;

/** Where the text of a script comes from; a test with a clock of its own brings other texts. */
export type LoadScript = (name: ScriptName) => ScriptSource;

/** Keys that the script may touch, all of one hash tag, and its arguments. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs scripts by name and answers with their parsed reply; nobody else evaluates anything. */
export interface ScriptRunner {
  run<Reply extends { readonly reply: string }>(
    script: ScriptName,
    call: ScriptCall,
    schema: z.ZodType<Reply>,
  ): Promise<Reply>;
}

/** Loads every script once; a reply that does not fit its schema is a terminal StoreError. */
export function openScriptRunner(
  client: RedisClient,
  options: { readonly onScript: OnScript; readonly monotonicMs: () => number; readonly load?: LoadScript },
): ScriptRunner {
  const load = options.load ?? loadScript;
  const sources = new Map<ScriptName, ScriptSource>(scriptNames.map((name) => [name, load(name)]));

  async function evaluate(name: ScriptName, call: ScriptCall): Promise<unknown> {
    const source = sources.get(name);
    if (source === undefined)
      throw new StoreError(`script ${name} is not registered`, { code: "REC_REDIS_REFUSED", retry: "terminal" });
    corkWrites(client);
    try {
      return await client.evalsha(source.sha1, call.keys.length, ...call.keys, ...call.args);
    } catch (err) {
      // A restart or a failover empties the script cache: once, the text goes along.
      if (!(err instanceof Error) || !err.message.startsWith("NOSCRIPT")) throw err;
      return await client.eval(source.text, call.keys.length, ...call.keys, ...call.args);
    }
  }

  return {
    run: async (name, call, schema) => {
      const startedAtMs = options.monotonicMs();
      const report = (reply: string): void => options.onScript(name, options.monotonicMs() - startedAtMs, reply);
      try {
        const reply = parseReply(name, await evaluate(name, call), schema);
        report(reply.reply);
        return reply;
      } catch (err) {
        const storeError = toStoreError(err, name);
        report(storeError.code);
        throw storeError;
      }
    },
  };
}

function parseReply<Reply>(name: ScriptName, raw: unknown, schema: z.ZodType<Reply>): Reply {
  const reply = schema.safeParse(Array.isArray(raw) ? fieldsOf(raw) : raw);
  if (reply.success) return reply.data;
  throw new StoreError(
    `${name}: Redis answered with something else than the script's replies: ${z.prettifyError(reply.error)}`,
    {
      code: "REC_REDIS_REFUSED",
      retry: "terminal",
      context: { command: name },
    },
  );
}

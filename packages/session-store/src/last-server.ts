import { z } from "zod";
import type { StoreContext } from "./store-context.ts";

const seenServer = z.object({ identity: z.string(), atMs: z.number() });

/** Which Redis was seen by who applies events, and when by that process's clock. A replica has it from the master that it replaces. */
export type SeenServer = Readonly<z.infer<typeof seenServer>>;

/** Leaves in Redis itself which Redis it is. */
export async function rememberServer(context: StoreContext, seen: SeenServer): Promise<void> {
  await context.call("set", (client) => client.set(context.keys.serverKey, JSON.stringify(seen)));
}

/** Undefined when nobody has left anything, or nothing that can be read. */
export async function lastServer(context: StoreContext): Promise<SeenServer | undefined> {
  const text = await context.call("get", (client) => client.get(context.keys.serverKey));
  return text === null ? undefined : parsed(text);
}

function parsed(text: string): SeenServer | undefined {
  try {
    return seenServer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

import type { ChannelRef, SessionStore } from "@autorec/session-store";
import type { ChannelWork } from "../../services/consumer/src/counted-work.ts";

/** A reconciler that only looks: what it was granted it gives back. */
export function looking(
  store: Pick<SessionStore, "release">,
  look: (ref: ChannelRef) => Promise<void> | undefined,
): ChannelWork {
  let claims = 0;
  return {
    newClaim() {
      claims += 1;
      return { token: `look-${String(claims)}`, owner: "test", leaseMs: 30_000 };
    },
    async reconcile(ref) {
      await look(ref);
      return "settled";
    },
    async work({ channel, token }) {
      try {
        await look(channel.ref);
      } finally {
        await store.release(channel.ref, { token });
      }
      return "settled";
    },
    async drop(ref, { token }) {
      await store.release(ref, { token });
    },
  };
}

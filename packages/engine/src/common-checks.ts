import { checkKafka } from "@autorec/service-kit";
import type { ReadinessCheck } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import type { Admin } from "kafkajs";
import { findStateless } from "./keep-state.ts";

/** Whether Redis, Kafka and the state of the deployment are as every service needs them. */
export function commonChecks(from: {
  readonly store: SessionStore;
  readonly admin: Admin;
  readonly shardCount: number;
}): Readonly<Record<string, ReadinessCheck>> {
  const { admin, shardCount, store } = from;
  return {
    async redis() {
      await store.nowMs();
      return undefined;
    },
    async kafka() {
      await checkKafka(admin);
      return undefined;
    },
    /** Redis that has lost its markers has lost more: nothing is claimed until Kafka has brought it back. */
    async state() {
      const missing = (await findStateless({ store, shardCount })).length;
      return missing === 0
        ? undefined
        : `${String(missing)} of ${String(shardCount)} shards have no state (REC_STATE_LOST)`;
    },
  };
}

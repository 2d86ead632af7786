import type { Clock, Logger, Metrics } from "@autorec/service-kit";
import type { BatchObserver } from "./apply-batch.ts";

/** Counts every record once, under what became of it, and logs what a person may want to know. */
export function reportBatches({
  log,
  metrics,
  clock,
}: {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}): BatchObserver {
  return {
    sorted(batch, { ignored, duplicates, stringAccounts }) {
      for (const { source } of ignored) metrics.events.inc({ source, result: "ignored" });
      for (const source of duplicates) metrics.events.inc({ source, result: "duplicate" });
      const [first] = stringAccounts;
      if (first === undefined) return;
      // The account itself is a person's name and stays out of the log.
      const fields = { ...first, partition: batch.partition, eventCount: stringAccounts.length };
      log.warn(fields, "string user account in a channel, Agora may fail to record it");
    },
    applied({ events, source }, { applied, stale }) {
      const looks = events.filter((event) => event.kind === "look").length;
      metrics.events.inc({ source, result: "applied" }, applied + looks);
      metrics.events.inc({ source, result: "stale" }, stale);
      if (applied === 0) return;
      const nowMs = clock.nowMs();
      for (const event of events) {
        if (event.kind !== "look") metrics.eventAge.observe(Math.max(0, nowMs - event.atMs) / 1_000);
      }
    },
    held(ref) {
      log.info(ref, "old join held back until its partition has been read");
    },
    reservedUidUsed(ref, count) {
      const detail = `${count} uid of the recorders' range joined as a person's client: not counted, not recorded for`;
      log.error({ ...ref, alarm: "reserved_uid_used", detail }, "a person must look");
    },
    deadLettered({ code, message, record, source }) {
      metrics.events.inc({ source, result: "dead_letter" });
      const { offset, partition, topic } = record;
      log.warn({ code, reason: message, topic, partition, offset }, "record dead-lettered");
    },
  };
}

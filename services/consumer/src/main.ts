import { openEngine } from "@autorec/engine";
import type { Engine } from "@autorec/engine";
import { runMain, systemClock } from "@autorec/service-kit";
import { countedWork } from "./counted-work.ts";
import { replayPresence } from "./replay-presence.ts";
import { readHints } from "./read-hints.ts";
import type { HintReading } from "./read-hints.ts";
import { createConsuming } from "./start-consuming.ts";

await runMain(async () => {
  const engine = await openEngine("consumer", process.env, {
    replayPresence: (tools) => replayPresence(tools, knownApps(tools.policy)),
  });
  const { deployment, durations, log, metrics, policy, shutdown } = engine;
  const consuming = createConsuming({
    kafka: engine.kafka,
    admin: engine.admin,
    producer: engine.producer,
    store: engine.store,
    shardCount: deployment.shards,
    apps: knownApps(policy),
    topics: engine.topics,
    groupId: deployment.group,
    sessionMs: durations.kafkaSessionMs,
    rebalanceMs: durations.kafkaRebalanceMs,
    work: countedWork(engine.reconciler, { metrics, clock: systemClock }),
    clock: systemClock,
    log,
    metrics,
  });
  // Steps run in reverse order: reading ends, the group is left, and then what was begun is finished.
  shutdown.onStop("channels under way", (limit) => consuming.queue.drain(limit));
  shutdown.spawn("partition watch", (signal) => consuming.watchPartitions(signal));
  shutdown.spawn("event topic", (signal) => consuming.readEvents(signal), { essential: true });
  const { recordingTopic: topic } = deployment;
  if (topic !== undefined) {
    const { kafka, producer, store } = engine;
    const hints: HintReading = {
      ...{ kafka, producer, store, topic, clock: systemClock, log, metrics, apps: knownApps(policy) },
      deadLetters: engine.topics.deadLetters,
      groupId: `${deployment.group}-recording`,
      sessionMs: durations.kafkaSessionMs,
      rebalanceMs: durations.kafkaRebalanceMs,
      lookAt: (ref) => void consuming.queue.add(ref),
    };
    shutdown.spawn("recording topic", (signal) => readHints(hints, signal));
  }
  const { kafka, lag, redis } = consuming.problems;
  await engine.serve({ group: async () => kafka(), presence: async () => redis(), lag: async () => lag() });
  log.info({ topic: engine.topics.channelEvents, groupId: deployment.group }, "consumer works");
});

function knownApps(policy: Engine["policy"]) {
  const appIds = new Set(policy.apps.keys());
  const [onlyAppId] = appIds.size === 1 ? appIds : [];
  return { appIds, onlyAppId };
}

import type { Durations } from "@autorec/domain";
import { createReconciler } from "@autorec/reconciler";
import type { Reconciler, ReconcilerDeps, RecordingPolicy } from "@autorec/reconciler";
import { systemClock, systemRandom } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import type { DeploymentSettings, Policy } from "@autorec/settings";
import { createAgoraAccesses } from "./agora-access.ts";
import type { Start } from "./interruptible-start.ts";
import { createJournal } from "./journal.ts";
import { meanwhile } from "./meanwhile.ts";
import type { OpenedKafka } from "./open-kafka.ts";
import type { OpenedProcess } from "./open-process.ts";
import type { RecentSids } from "./recent-sids.ts";
import { reportCalls } from "./report-calls.ts";
import { reportWork } from "./report-work.ts";

/** What a reconciler works with and by which rules. */
export interface OpenReconcilerOptions {
  readonly store: SessionStore;
  readonly kafka: OpenedKafka;
  readonly deployment: DeploymentSettings;
  readonly durations: Durations;
  readonly policy: Policy;
  readonly control: ReconcilerDeps["control"];
  /** Told of every sid, in case Redis forgets it before Kafka knows it. */
  readonly recentSids: RecentSids;
}

/** The reconciler with its ways to Agora, to the journal and to people; nothing is sent before it is asked to work. */
export function openReconciler(
  { control, deployment, durations, kafka, policy, recentSids, store }: OpenReconcilerOptions,
  { accountOf, appName, instanceId, log, metrics, version }: OpenedProcess,
  start: Pick<Start, "onStop">,
): Reconciler {
  const agora = createAgoraAccesses({
    policy,
    baseUrl: deployment.agoraBaseUrl,
    baseUrlSecond: deployment.agoraBaseUrlSecond,
    userAgent: `autorec/${version} ${instanceId}`,
    durations,
    clock: systemClock,
    newToken: () => systemRandom.token(),
    onCall: reportCalls({ log, metrics }),
  });
  const report = reportWork({ log, metrics, appName, accountOf });
  const reconciler = createReconciler({
    store: recentSids.watched(store),
    policy: recordingPolicy(policy),
    agoraFor: (appId) => agora.agoraFor(appId),
    journal: createJournal({ producer: kafka.producer, topic: kafka.topics.snapshots }),
    control,
    durations,
    deploymentId: deployment.deploymentId,
    owner: instanceId,
    clock: systemClock,
    sleep: (ms) => systemClock.sleep(ms),
    meanwhile,
    newToken: () => systemRandom.token(),
    entropy: () => systemRandom.uint32(),
    observer: {
      ...report,
      decided(step) {
        recentSids.remember(step.ref, step.decision);
        report.decided(step);
      },
    },
  });
  start.onStop("facts that redis was not told", () => reconciler.close());
  // Opened last, closed first: an answer that comes only now is such a fact.
  start.onStop("agora", () => agora.close());
  return reconciler;
}

function recordingPolicy(policy: Policy): RecordingPolicy {
  return {
    hash: policy.hash,
    ruleFor: (ref) => policy.ruleFor(ref.appId, ref.channelName)?.rule,
    knowsRule: (hash) => policy.ruleByHash(hash) !== undefined,
  };
}

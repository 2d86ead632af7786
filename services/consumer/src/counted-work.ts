import type { Reconciler, ReconcileOutcome } from "@autorec/reconciler";
import type { Clock, Metrics } from "@autorec/service-kit";

/** What the consumer asks of the reconciler. */
export type ChannelWork = Pick<Reconciler, "newClaim" | "reconcile" | "work" | "drop">;

/** Label `outcome` of the metric: what happens to the channel next. */
const labels: Readonly<Record<ReconcileOutcome, "done" | "again" | "retry">> = {
  settled: "done",
  // Whoever holds the lease, or held it last, has seen the change.
  busy: "done",
  not_due: "done",
  contended: "again",
  lost: "retry",
  failed: "retry",
  not_ready: "retry",
};

/** The reconciler's work, each turn counted under source `event`; rejects as the reconciler does. */
export function countedWork(
  reconciler: ChannelWork,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): ChannelWork {
  const counted = async (work: () => Promise<ReconcileOutcome>): Promise<ReconcileOutcome> => {
    const startedAtMs = clock.monotonicMs();
    const count = (outcome: "done" | "again" | "retry"): void => {
      metrics.reconciles.inc({ source: "event", outcome });
      metrics.reconcileDuration.observe({ source: "event", outcome }, (clock.monotonicMs() - startedAtMs) / 1_000);
    };
    try {
      const outcome = await work();
      count(labels[outcome]);
      return outcome;
    } catch (err) {
      count("retry");
      throw err;
    }
  };
  return {
    newClaim: () => reconciler.newClaim(),
    reconcile: (ref) => counted(() => reconciler.reconcile(ref)),
    work: (grant) => counted(() => reconciler.work(grant)),
    drop: (ref, claim) => reconciler.drop(ref, claim),
  };
}

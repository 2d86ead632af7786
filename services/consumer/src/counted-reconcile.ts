import type { ReconcileOutcome, Reconciler } from "@autorec/reconciler";
import type { Clock, Metrics } from "@autorec/service-kit";
import type { ChannelRef } from "@autorec/session-store";

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

/** A look at one channel, counted under source `event`; rejects as the reconciler does. */
export function countedReconcile(
  reconciler: Pick<Reconciler, "reconcile">,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): (ref: ChannelRef) => Promise<void> {
  return async (ref) => {
    const startedAtMs = clock.monotonicMs();
    const count = (outcome: "done" | "again" | "retry"): void => {
      metrics.reconciles.inc({ source: "event", outcome });
      metrics.reconcileDuration.observe({ source: "event", outcome }, (clock.monotonicMs() - startedAtMs) / 1_000);
    };
    try {
      count(labels[await reconciler.reconcile(ref)]);
    } catch (err) {
      count("retry");
      throw err;
    }
  };
}

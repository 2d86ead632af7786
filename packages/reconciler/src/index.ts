export type {
  AgoraAccess,
  Journal,
  RecordingPolicy,
  ReconcileObserver,
  ReconcilerDeps,
  ReconcilerStore,
} from "./ports.ts";
export { createReconciler } from "./reconciler.ts";
export type { ReconcileOutcome, Reconciler } from "./reconciler.ts";
export type { MonotonicClock } from "./redis-clock.ts";

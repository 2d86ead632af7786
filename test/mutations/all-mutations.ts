import { consumerMutations } from "./consumer-mutations.ts";
import { domainMutations } from "./domain-mutations.ts";
import { ledgerMutations } from "./ledger-mutations.ts";
import type { Mutation } from "./mutation.ts";
import { partsMutations } from "./parts-mutations.ts";
import { presenceMutations } from "./presence-mutations.ts";
import { reconcilerMutations } from "./reconciler-mutations.ts";
import { recordingApiMutations } from "./recording-api-mutations.ts";
import { slotMutations } from "./slot-mutations.ts";
import { storeMutations } from "./store-mutations.ts";

/** Every fault that a test must notice. */
export const allMutations: readonly Mutation[] = [
  ...domainMutations,
  ...presenceMutations,
  ...storeMutations,
  ...consumerMutations,
  ...reconcilerMutations,
  ...recordingApiMutations,
  ...slotMutations,
  ...ledgerMutations,
  ...partsMutations,
];

import type { PresenceSummary } from "./channel-record.ts";
import type { Rule } from "./rule.ts";

/** Who keeps the channel occupied under this rule, and since when nobody does. */
export interface Occupancy {
  readonly occupied: boolean;
  readonly emptySinceMs: number | undefined;
  readonly graceReason: number | undefined;
  /** The audience keeps nothing occupied. */
  readonly hostsOnly: boolean;
}

/** In the live profile only hosts count, since Agora's recorder itself leaves a channel without hosts. */
export function occupancyOf(presence: PresenceSummary, rule: Rule | undefined): Occupancy {
  const hostsOnly = rule?.channelType === 1 && !rule.countAudience;
  return hostsOnly
    ? {
        occupied: presence.hosts > 0,
        emptySinceMs: presence.hostsEmptySinceMs,
        graceReason: presence.hostsGraceReason,
        hostsOnly,
      }
    : {
        occupied: presence.count > 0,
        emptySinceMs: presence.emptySinceMs,
        graceReason: presence.graceReason,
        hostsOnly,
      };
}

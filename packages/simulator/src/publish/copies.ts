import type { NotificationDelivery } from "../settings/webhooks.ts";
import type { Random } from "../time/random.ts";

/** One of the sends that a notification becomes. */
export interface Copy {
  /** It has a noticeId that no other copy has. */
  readonly hasOwnNoticeId: boolean;
  readonly delayMs: number;
}

/** How often and when a notification is sent; nothing: it is lost. Draws only for what is switched on. @see E 1.3 */
export function planCopies(delivery: NotificationDelivery, random: Random): readonly Copy[] {
  const { lossRate, duplicateRate, redundant, delayMs, shuffleWindowMs } = delivery;
  const happens = (rate: number): boolean => rate > 0 && random.next() < rate;
  const owns = [
    false,
    ...(redundant === "off" ? [] : [redundant === "otherNoticeId"]),
    ...(happens(duplicateRate) ? [false] : []),
  ];
  return owns
    .filter(() => !happens(lossRate))
    .map((hasOwnNoticeId) => ({
      hasOwnNoticeId,
      delayMs: delayMs + (shuffleWindowMs === 0 ? 0 : random.between(0, shuffleWindowMs)),
    }));
}

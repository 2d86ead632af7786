import type { Copy } from "./copies.ts";

/** Makes ids that look like Agora's: a number of the sender's, a running one, the type of the event. */
export function createNoticeIds(): (front: number, eventType: number) => string {
  let notices = 0;
  return (front, eventType) => {
    notices += 1;
    return `${String(front)}:${String(notices)}:${String(eventType)}`;
  };
}

/** Gives each copy the id that all share, or one of its own. */
export function withNoticeIds(
  copies: readonly Copy[],
  newNoticeId: () => string,
): readonly { readonly noticeId: string; readonly delayMs: number }[] {
  const shared = newNoticeId();
  return copies.map(({ hasOwnNoticeId, delayMs }) => ({ noticeId: hasOwnNoticeId ? newNoticeId() : shared, delayMs }));
}

import type { Subscription, UidChoice } from "../recording.ts";

/** The lists as they stand in start and in update. @see R 3.6 */
export interface UidLists {
  readonly subscribeAudioUids?: readonly string[] | undefined;
  readonly unSubscribeAudioUids?: readonly string[] | undefined;
  readonly subscribeVideoUids?: readonly string[] | undefined;
  readonly unSubscribeVideoUids?: readonly string[] | undefined;
}

/** No list at all means everybody; a list for one medium only means that the other is not recorded. @see R 3.6 */
export function subscriptionOf(lists: UidLists): Subscription {
  const audio = choiceOf(lists.subscribeAudioUids, lists.unSubscribeAudioUids);
  const video = choiceOf(lists.subscribeVideoUids, lists.unSubscribeVideoUids);
  if (audio === undefined && video === undefined) return everything;
  return { audio: audio ?? "nobody", video: video ?? "nobody" };
}

/** Shared: most recordings have no lists. */
const everything: Subscription = { audio: "everybody", video: "everybody" };

function choiceOf(only: readonly string[] | undefined, allBut: readonly string[] | undefined): UidChoice | undefined {
  if (only !== undefined) return only.includes("#allstream#") ? "everybody" : { only: new Set(only.map(Number)) };
  return allBut === undefined ? undefined : { allBut: new Set(allBut.map(Number)) };
}

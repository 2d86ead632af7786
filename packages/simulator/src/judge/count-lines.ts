import type { HistoryLine } from "../history/history-line.ts";
import type { ChannelHistory } from "./channel-history.ts";
import type { HistoryCounts } from "./judgement.ts";
import { leaveAckedAt } from "./presence.ts";

/** How often what happened in the run; refusals for want of quota are counted by `judgeQuota`. */
export function countLines(
  lines: readonly HistoryLine[],
  channels: readonly ChannelHistory[],
  hasEvents: boolean,
): Omit<HistoryCounts, "requests429" | "requests406"> {
  const silentKills = new Set<number>();
  let joins = 0;
  let leaves = 0;
  let eventsPublished = 0;
  let eventsDropped = 0;
  let lostAnswers = 0;
  for (const line of lines) {
    if (line.kind === "participant-joined") joins += 1;
    if (line.kind === "participant-left") leaves += 1;
    if (line.kind === "event" && line.dropped) eventsDropped += 1;
    if (line.kind === "event" && !line.dropped) eventsPublished += 1;
    if (line.kind === "request" && line.applied && !line.answered) lostAnswers += 1;
    if (line.kind === "fault" && line.silent === true && line.uid !== undefined) silentKills.add(line.uid);
  }
  const killed = channels.flatMap(({ stays, eventsByUid }) =>
    stays
      .filter((stay) => stay.leftBy === "killed")
      .map(({ uid }) => silentKills.has(uid) || (hasEvents && leaveAckedAt(eventsByUid.get(uid)) === undefined)),
  );
  const stays = channels.flatMap((channel) => channel.stays);
  return {
    joins,
    leaves,
    eventsPublished,
    eventsDropped,
    kills: killed.length,
    killsSilent: killed.filter(Boolean).length,
    lostAnswers,
    migrations: stays.filter((stay) => stay.leftBy === "migration").length,
  };
}

import type { Row } from "@autorec/domain";
import type { AttemptState } from "@autorec/events";

/** Why the no-op cells of some rows need not be met: they are there because the table is total. `rows`: beginning of their names. */
export const noopFamilies: readonly { readonly rows: string; readonly why: string }[] = [
  {
    rows: "acquire.",
    why: "An attempt leaves CLAIMED only by this answer, or to CLOSED: by the time an answer comes it is in one of the two.",
  },
  {
    rows: "start.",
    why: "While a start is under way its holder changes the attempt only by giving it up; what others do to it after the lease comes as a fact, never as this answer.",
  },
  {
    rows: "query.",
    why: "Only states that know a sid ask, and an answer about another sid than theirs meets no cell.",
  },
  {
    rows: "stop.",
    why: "Only STOPPING sends a stop, no state leads out of it but GHOST and CLOSED, and a holder has one call per attempt under way.",
  },
  {
    rows: "fact.",
    why: "Facts name a sid or a resource: who has none is not meant, and who is over or out of reach has mostly been told already.",
  },
  {
    rows: "hint.",
    why: "A uid is in the channel only after a start, and nobody looks for the uid of a closed attempt.",
  },
  { rows: "rule.", why: "Only open attempts are asked for their rule." },
  {
    rows: "journal.",
    why: "The journal is asked only before the first start of a READY attempt, which its holder may have given up since.",
  },
  { rows: "postponed", why: "A call that was put off belongs to an open attempt." },
];

/** A cell that acts: met so seldom that a run of hundreds of lives may miss it, or never at all. */
export interface CoverageNote {
  readonly met: "seldom" | "never";
  readonly why: string;
}

const givenUpOnly = "While its start is under way an attempt only becomes DOUBT or, refused to the journal, is over.";
const irrevocable =
  "STOPPING is committed before a stop is sent and is never taken back: only a Redis that has lost it meanwhile shows this.";
const candidate =
  "An event must name a sid that nobody knows, and the recorder must be in this short phase as it is asked for.";
const staleSid = "Who lost its lease tells the sid as a fact, and the next holder must have come so far without it.";
const staleStop = "Who lost its lease tells that its stop was accepted, and the next holder must have gone on so far.";

const twoRareThings =
  "Two faults that are rare in themselves must meet in one attempt: in some tens of lives out of a thousand.";

/** Each acting cell that runs of 400 lives may leave out. */
export const coverageNotes: Readonly<Partial<Record<`${Row}|${AttemptState}`, CoverageNote>>> = {
  "start.ok|GHOST": { met: "seldom", why: givenUpOnly },
  "start.ok|STOPPING": { met: "never", why: givenUpOnly },
  "start.ok|CLOSED": { met: "never", why: givenUpOnly },
  "query.alive|CLOSED": {
    met: "never",
    why: "A holder has one call per attempt under way, and nothing but its answer closes an attempt whose sid is known.",
  },
  "query.starting|GHOST": { met: "seldom", why: candidate },
  "query.starting|DOUBT": { met: "seldom", why: candidate },
  "query.ending|GHOST": { met: "seldom", why: candidate },
  "query.ending|DOUBT": { met: "seldom", why: candidate },
  "query.abnormal|GHOST": { met: "seldom", why: candidate },
  "query.abnormal|DOUBT": { met: "seldom", why: candidate },
  "stop.done|LIVE": { met: "seldom", why: irrevocable },
  "stop.done|CONF": { met: "seldom", why: irrevocable },
  "stop.exiting|LIVE": { met: "seldom", why: irrevocable },
  "stop.exiting|CONF": { met: "seldom", why: irrevocable },
  "stop.controlLost|LIVE": { met: "seldom", why: irrevocable },
  "stop.controlLost|CONF": { met: "seldom", why: irrevocable },
  "fact.sid|CONF": { met: "seldom", why: staleSid },
  "fact.sid|STOPPING": { met: "seldom", why: staleSid },
  "fact.sid|CLOSED": { met: "seldom", why: staleSid },
  "fact.stopAccepted|READY": { met: "seldom", why: irrevocable },
  "fact.stopAccepted|LIVE": { met: "seldom", why: irrevocable },
  "fact.stopAccepted|CONF": { met: "seldom", why: irrevocable },
  "fact.stopAccepted|GHOST": { met: "seldom", why: staleStop },
  "fact.stopAccepted|DOUBT": { met: "seldom", why: irrevocable },
  "hint.ownUidJoined|CLOSED": {
    met: "never",
    why: "No recorder joins after the proof of its end: the alarm is for a proof that was wrong.",
  },
  "fact.newUid|CLAIMED": { met: "never", why: "Only a recorder moves, and this attempt has not started one." },
  "fact.idleSaid|LIVE": {
    met: "seldom",
    why: "A recorder leaves a channel that is empty, and the record must not know yet.",
  },
  "fact.idleSaid|CONF": {
    met: "seldom",
    why: "A recorder leaves a channel that is empty, and the record must not know yet.",
  },
  "acquire.never|CLAIMED": { met: "seldom", why: twoRareThings },
  "start.ok|DOUBT": { met: "seldom", why: twoRareThings },
  "start.started|DOUBT": { met: "seldom", why: twoRareThings },
  "start.conflict|READY": { met: "seldom", why: twoRareThings },
  "start.never|READY": { met: "seldom", why: twoRareThings },
  "query.alive|DOUBT": { met: "seldom", why: twoRareThings },
  "query.starting|STOPPING": { met: "seldom", why: twoRareThings },
  "query.ending|LIVE": { met: "seldom", why: twoRareThings },
  "query.ending|CONF": { met: "seldom", why: twoRareThings },
  "query.ending|STOPPING": { met: "seldom", why: twoRareThings },
  "query.abnormal|LIVE": { met: "seldom", why: twoRareThings },
  "query.abnormal|CONF": { met: "seldom", why: twoRareThings },
  "query.abnormal|STOPPING": { met: "seldom", why: twoRareThings },
  "query.notFound|DOUBT": { met: "seldom", why: twoRareThings },
  "query.unknown|DOUBT": { met: "seldom", why: twoRareThings },
  "query.controlLost|GHOST": { met: "seldom", why: twoRareThings },
  "query.controlLost|DOUBT": { met: "seldom", why: twoRareThings },
  "query.controlLost|STOPPING": { met: "seldom", why: twoRareThings },
  "stop.controlLost|STOPPING": { met: "seldom", why: twoRareThings },
  "stop.exiting|STOPPING": { met: "seldom", why: twoRareThings },
  "fact.sid|LIVE": { met: "seldom", why: twoRareThings },
  "fact.sid|GHOST": { met: "seldom", why: twoRareThings },
  "fact.sid|DOUBT": { met: "seldom", why: twoRareThings },
  "fact.newUid|READY": { met: "seldom", why: twoRareThings },
  "fact.newUid|LIVE": { met: "seldom", why: twoRareThings },
  "fact.newUid|DOUBT": { met: "seldom", why: twoRareThings },
  "fact.newUid|CLOSED": { met: "seldom", why: twoRareThings },
  "fact.candidateSid|DOUBT": { met: "seldom", why: twoRareThings },
  "fact.storageError|LIVE": { met: "seldom", why: twoRareThings },
  "fact.storageError|STOPPING": { met: "seldom", why: twoRareThings },
  "journal.refused|DOUBT": { met: "seldom", why: twoRareThings },
  "postponed|GHOST": { met: "seldom", why: twoRareThings },
  "postponed|DOUBT": { met: "seldom", why: twoRareThings },
};

import type { AttemptState, CallEvidence, QueryAnswer, SlotName, StartAnswer, StopAnswer } from "@autorec/events";
import type {
  Attempt,
  ChannelRecord,
  ChannelView,
  PendingFact,
  PresenceSummary,
  Slot,
  Want,
} from "./channel-record.ts";
import { recordSchemaVersion } from "./channel-record.ts";
import { decide } from "./decide.ts";
import type { DecideContext, Decision, Input } from "./decision.ts";
import { realDurations } from "./durations.ts";
import { recorderUid } from "./recorder-uid.ts";
import type { Rule } from "./rule.ts";

/** Material for the tests of this package: one channel, one rule, Agora's real figures. */

/** The moment that tests call now. */
export const t0 = 1_800_000_000_000;
/** A due time that no row writes: whoever finds it again knows that it was kept. */
export const keptDueAtMs = t0 + 7_777_777;
const appId = "0123456789abcdef0123456789abcdef";
/** What the recorder uids of the channel are derived from. */
export const seed = { deploymentId: "test", appId, channelName: "room-1" };

/** A rule with Agora's real figures and standard cover. */
export const rule: Rule = {
  name: "everything",
  hash: "rule-1",
  mode: "individual",
  channelType: 0,
  countAudience: false,
  slots: ["primary"],
  graceMs: 60_000,
  graceNormalMs: 30_000,
  maxIdleMs: 300_000,
  coverAfterMs: 30_000,
  tokenLifeS: 86_400,
  rotateAfterMs: 82_800_000,
  priority: 0,
};

/** A valid attempt that has come to a state on the usual way. */
export function attemptIn(st: AttemptState, change: Partial<Attempt> = {}): Attempt {
  const n = change.n ?? 1;
  const slot = change.slot ?? "primary";
  const k = change.k ?? n - 1;
  const uid = change.uid ?? recorderUid(seed, slot, k);
  const base: Attempt = {
    n,
    slot,
    session: "s_1",
    k,
    uid,
    mode: "individual",
    ruleHash: rule.hash,
    maxIdleMs: rule.maxIdleMs,
    coverAfterMs: rule.coverAfterMs,
    st,
    claimedAtMs: t0 - 20_000,
    startSends: 0,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: t0 / 1_000 - 20,
    tokenSalt: 7,
    tokenLifeS: 86_400,
    knownUids: [uid],
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: false,
    controlLost: false,
    rotating: false,
    dueAtMs: keptDueAtMs,
    tries: 0,
  };
  return { ...base, ...reached(st, n), ...change };
}

function reached(st: AttemptState, n: number): Partial<Attempt> {
  const ready: Partial<Attempt> = {
    resourceId: resourceOf(n),
    acquireSentAtMs: t0 - 19_900,
    acquireAnsweredAtMs: t0 - 19_800,
    resourceDeadAtMs: t0 - 19_800 + 360_000,
    startSends: 1,
  };
  const started: Partial<Attempt> = { ...ready, sid: sidOf(n), journaled: true, liveAtMs: t0 - 19_000, tries: 1 };
  switch (st) {
    case "CLAIMED":
      return {};
    case "READY":
      return ready;
    case "GHOST":
    case "DOUBT":
      return { ...ready, journaled: true };
    case "LIVE":
      return started;
    case "CONF":
      return {
        ...started,
        confAtMs: t0 - 14_000,
        lastAliveAtMs: t0 - 14_000,
        lastQuerySentAtMs: t0 - 14_000,
        tries: 0,
      };
    case "STOPPING":
      return { ...started, cause: "not_wanted" };
    case "CLOSED":
      return { ...started, cause: "not_wanted", closedAtMs: t0 - 1_000 };
  }
}

/** The resource that `attemptIn` gives to attempt n. */
export function resourceOf(n: number): string {
  return `resource-${n}`;
}

/** The sid that `attemptIn` gives to attempt n. */
export function sidOf(n: number): string {
  return `sid-${n}`;
}

/** A slot in which nothing has happened. */
export const emptySlot: Slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
/** The channel is recorded because somebody is there. */
export const wantOn: Want = { on: true, cause: "occupied", sessionId: "s_1", ruleHash: rule.hash, ruleName: rule.name };
/** Nothing is wanted, because nobody is there. */
export const wantOff: Want = { on: false, cause: "empty" };

/** What a test sets of a view; the rest is an occupied channel without history. */
export interface ViewParts {
  readonly attempts?: readonly Attempt[];
  readonly want?: Want;
  readonly resp?: number;
  readonly slot?: Partial<Slot>;
  readonly secondary?: Partial<Slot>;
  readonly presence?: Partial<PresenceSummary>;
  readonly facts?: readonly PendingFact[];
  readonly lookAtMs?: number;
  readonly reservedUids?: ChannelView["reservedUids"];
}

/** An occupied channel that is wanted, unless told otherwise. */
export function viewOf(parts: ViewParts = {}): ChannelView {
  const attempts = parts.attempts ?? [];
  const want = parts.want ?? wantOn;
  const own = attempts.map((attempt): [number, { online: boolean }] => [attempt.uid, { online: false }]);
  return {
    record: {
      schemaVersion: recordSchemaVersion,
      appId,
      channelName: seed.channelName,
      want,
      slots: {
        primary: { ...emptySlot, nextK: attempts.length, resp: parts.resp ?? 0, ...parts.slot },
        secondary: { ...emptySlot, ...parts.secondary },
      },
      attempts: Object.fromEntries(attempts.map((attempt) => [attempt.n, attempt])),
      sessions:
        want.sessionId === undefined
          ? {}
          : { [want.sessionId]: { id: want.sessionId, openedAtMs: t0 - 20_000, cause: "occupied" } },
    },
    presence: { count: 1, hosts: 1, ...parts.presence },
    facts: parts.facts ?? [],
    reservedUids: parts.reservedUids ?? new Map(own),
    ...(parts.lookAtMs === undefined ? {} : { lookAtMs: parts.lookAtMs }),
  };
}

/** The same channel after a decision was committed. */
export function after(view: ChannelView, decision: Decision, change: Partial<ChannelView> = {}): ChannelView {
  const uids = new Map(view.reservedUids);
  for (const attempt of Object.values(decision.record.attempts)) {
    if (!uids.has(attempt.uid)) uids.set(attempt.uid, { online: false });
  }
  return { ...view, record: decision.record, facts: [], reservedUids: uids, ...change };
}

/** Nobody is there any more, since a moment. */
export function emptyFor(ms: number, reason = 1): PresenceSummary {
  return { count: 0, hosts: 0, emptySinceMs: t0 - ms, graceReason: reason };
}

/** A decision's surroundings: the rule is known, nothing is under way. */
export function contextAt(nowMs: number = t0, change: Partial<DecideContext> = {}): DecideContext {
  return {
    nowMs,
    durations: realDurations,
    deploymentId: seed.deploymentId,
    rule,
    knowsRule: () => true,
    otherRulesAlive: false,
    control: "run",
    inFlight: new Set(),
    entropy: 42,
    ...change,
  };
}

/** A decision at `t0` on nothing but the state of things. */
export function look(view: ChannelView, change: Partial<DecideContext> = {}): Decision {
  return decide(view, { kind: "look" }, contextAt(t0, change));
}

/** A decision at `t0` on an input. */
export function tell(view: ChannelView, input: Input, change: Partial<DecideContext> = {}): Decision {
  return decide(view, input, contextAt(t0, change));
}

/** An attempt that must be there. */
export function attemptOf(from: Decision | ChannelRecord, n = 1): Attempt {
  const record = "record" in from ? from.record : from;
  const attempt = record.attempts[n];
  if (attempt === undefined) throw new Error(`attempt ${n} is missing`);
  return attempt;
}

/** The states of all attempts, by number. */
export function statesOf(decision: Decision): readonly AttemptState[] {
  return Object.values(decision.record.attempts).map((attempt) => attempt.st);
}

/** The number of the attempt that answers for the slot; 0 means none. */
export function respOf(decision: Decision, slot: SlotName = "primary"): number {
  return decision.record.slots[slot].resp;
}

/** What every answer carries when all is well. */
export const evidence: CallEvidence = { reason: "ok", alarm: false };

type Sent = { readonly n?: number; readonly sentAtMs?: number; readonly answeredAtMs?: number };

function answered(sent: Sent): { n: number; sentAtMs: number; answeredAtMs: number } {
  const answeredAtMs = sent.answeredAtMs ?? t0;
  return { n: sent.n ?? 1, sentAtMs: sent.sentAtMs ?? answeredAtMs - 100, answeredAtMs };
}

const statusOf = { alive: 5, starting: 2, ending: 6, abnormal: 20 };

/** The answer of a query of the attempt's own sid. */
export function queryInput(outcome: QueryAnswer["outcome"], sent: Sent & { readonly sid?: string } = {}): Input {
  const base = { kind: "query" as const, ...answered(sent), sid: sent.sid ?? sidOf(sent.n ?? 1) };
  switch (outcome) {
    case "alive":
    case "starting":
    case "ending":
    case "abnormal":
      return { ...base, answer: { ...evidence, outcome, status: statusOf[outcome] } };
    case "notFound":
    case "unknown":
    case "controlLost":
      return { ...base, answer: { ...evidence, outcome } };
  }
}

/** The answer to a stop of attempt 1, asked about its own sid; `code`: Agora's own. */
export function stopInput(outcome: StopAnswer["outcome"], sent: Sent & { readonly code?: number } = {}): Input {
  const answer = { ...evidence, outcome, ...(sent.code === undefined ? {} : { code: sent.code }) };
  return { kind: "stop", ...answered(sent), sid: sidOf(sent.n ?? 1), answer };
}

/** The answer to a start of attempt 1 on its own resource. */
export function startInput(
  answer: StartAnswer,
  sent: Sent & { readonly send?: number; readonly resourceId?: string } = {},
): Input {
  const resourceId = sent.resourceId ?? resourceOf(sent.n ?? 1);
  return { kind: "start", ...answered(sent), resourceId, send: sent.send ?? 1, answer };
}

/** An acquire of attempt 1 that yielded a resource. */
export function acquiredInput(sent: Sent & { readonly resourceId?: string } = {}): Input {
  const resourceId = sent.resourceId ?? resourceOf(sent.n ?? 1);
  return { kind: "acquire", ...answered(sent), answer: { ...evidence, outcome: "ok", resourceId } };
}

/** A fact about attempt 1 that somebody without the lease has left. */
export function factOf(kind: PendingFact["kind"], change: Partial<PendingFact> = {}): PendingFact {
  const n = change.n ?? 1;
  const own = { resourceId: resourceOf(n), sid: sidOf(n) };
  const base = { n, kind, slot: "primary" as const, session: "s_1", mode: "individual" as const, atMs: t0 - 50 };
  return { ...base, ...own, uid: recorderUid(seed, "primary", n - 1), ...change };
}

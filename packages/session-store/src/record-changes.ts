import type { Attempt, ChannelRecord, PendingFact } from "@autorec/domain";
import { slotNames, type AttemptState } from "@autorec/events";

/** What a commit writes: fields with their JSON, fields that go, uids that become or stop being known as recorders. */
export interface RecordChanges {
  readonly sets: ReadonlyMap<string, string>;
  readonly removes: readonly string[];
  readonly ownedUids: ReadonlyMap<number, number>;
  readonly forgottenUids: readonly number[];
  readonly removedAttempts: readonly number[];
}

/** A record before and after a decision, and the facts that the decision took in. */
export interface Step {
  readonly before: ChannelRecord;
  readonly after: ChannelRecord;
  readonly consumedFacts: readonly PendingFact[];
  /** Attempts to forget although `after` may still name them. */
  readonly removedAttempts?: readonly number[];
}

/** Only what differs is written, field by field: what nobody decided on stays as it is, byte for byte. */
export function recordChanges(step: Step): RecordChanges {
  const before = fieldsOf(step.before);
  const after = fieldsOf(step.after);
  for (const n of step.removedAttempts ?? []) after.delete(attemptField(n));
  const sets = new Map(
    [...after].flatMap(([name, value]): [string, string][] =>
      isSame(before.get(name), value) ? [] : [[name, jsonOf(value)]],
    ),
  );
  const removedAttempts = Object.values(step.before.attempts).filter((attempt) => !after.has(attemptField(attempt.n)));
  // Written with every commit: the record may be new, and presence asks for `recorders` without reading JSON.
  sets.set("schemaVersion", String(step.after.schemaVersion));
  sets.set("recorders", String(Object.values(step.after.attempts).filter(mayCapture).length));
  return {
    sets,
    removes: [...[...before.keys()].filter((name) => !after.has(name)), ...step.consumedFacts.map(factField)],
    ownedUids: newUids(step),
    forgottenUids: removedAttempts.flatMap(uidsOf),
    removedAttempts: removedAttempts.map((attempt) => attempt.n),
  };
}

/** Where a fact waits: facts that name different things never hide one another, copies of one do. */
export function factField(fact: PendingFact): string {
  const named = fact.kind === "newUid" ? fact.newUid : fact.sid;
  return `fact.${fact.n}.${fact.kind}.${named ?? fact.resourceId ?? "-"}`;
}

const capturing: ReadonlySet<AttemptState> = new Set(["READY", "LIVE", "CONF", "GHOST"]);

function mayCapture(attempt: Attempt): boolean {
  return capturing.has(attempt.st);
}

function fieldsOf(record: ChannelRecord): Map<string, object> {
  return new Map<string, object>([
    ["want", record.want],
    ...slotNames.map((name): [string, object] => [`slots.${name}`, record.slots[name]]),
    ...Object.values(record.attempts).map((a): [string, object] => [attemptField(a.n), a]),
    ...Object.values(record.sessions).map((s): [string, object] => [`sessions.${s.id}`, s]),
  ]);
}

function isSame(before: object | undefined, after: object): boolean {
  return before === after || (before !== undefined && jsonOf(before) === jsonOf(after));
}

/** Of values that are never changed, only replaced: what one commit has written is what the next one compares with. */
const knownJson = new WeakMap<object, string>();

function jsonOf(value: object): string {
  const known = knownJson.get(value);
  if (known !== undefined) return known;
  const json = JSON.stringify(value);
  knownJson.set(value, json);
  return json;
}

function attemptField(n: number): string {
  return `attempts.${n}`;
}

function uidsOf(attempt: Attempt): readonly number[] {
  return [attempt.uid, ...attempt.knownUids];
}

function newUids(step: Step): Map<number, number> {
  return new Map(
    Object.values(step.after.attempts).flatMap((attempt) => {
      const before = step.before.attempts[attempt.n];
      const known = new Set(before === undefined ? [] : uidsOf(before));
      return uidsOf(attempt).flatMap((uid): [number, number][] => (known.has(uid) ? [] : [[uid, attempt.n]]));
    }),
  );
}

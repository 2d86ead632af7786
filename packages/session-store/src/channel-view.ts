import {
  recordSchemaVersion,
  type Attempt,
  type ChannelRecord,
  type ChannelView,
  type PendingFact,
} from "@autorec/domain";
import type { PresenceSummary, SeenUid, Session, Slot } from "@autorec/domain";
import { z } from "zod";
import type { ChannelRef } from "./channel-ref.ts";
import { StoreError } from "./store-error.ts";
import {
  storedAttempt,
  storedFact,
  storedSchemaVersion,
  storedSession,
  storedSlot,
  storedWant,
} from "./stored-record.ts";

/** A channel as scripts send it: fields of the hash, recorder uids with the time of their join, '' = not in the channel, hashes of living rules. */
export interface RawView {
  readonly channel: ReadonlyMap<string, string>;
  readonly uids: ReadonlyMap<string, string>;
  readonly rules: readonly string[];
}

/** The record of a channel that nobody has decided on yet. */
export function emptyRecord(ref: ChannelRef): ChannelRecord {
  return {
    schemaVersion: recordSchemaVersion,
    appId: ref.appId,
    channelName: ref.channelName,
    want: { on: false, cause: "undecided" },
    slots: { primary: emptySlot, secondary: emptySlot },
    attempts: {},
    sessions: {},
  };
}

const emptySlot: Slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };

/** Reads a channel; throws `REC_RECORD_SCHEMA` (terminal) when another version wrote it, or it is not what was written. */
export function parseView(ref: ChannelRef, raw: RawView): ChannelView {
  const fields = new FieldReader(ref, raw.channel);
  fields.checkVersion();
  const empty = emptyRecord(ref);
  const lookAtMs = fields.number("lookAt");
  return {
    record: {
      ...empty,
      want: fields.json("want", storedWant) ?? empty.want,
      slots: {
        primary: fields.json("slots.primary", storedSlot) ?? emptySlot,
        secondary: fields.json("slots.secondary", storedSlot) ?? emptySlot,
      },
      attempts: Object.fromEntries(fields.family("attempts.", storedAttempt).map((a: Attempt) => [a.n, a])),
      sessions: Object.fromEntries(fields.family("sessions.", storedSession).map((s: Session) => [s.id, s])),
    },
    presence: parsePresence(fields),
    ...(lookAtMs === undefined ? {} : { lookAtMs }),
    facts: fields.family("fact.", storedFact).sort((a: PendingFact, b: PendingFact) => a.atMs - b.atMs),
    reservedUids: new Map([...raw.uids].map(([uid, joinedAt]) => [Number(uid), seenUid(joinedAt)])),
  };
}

function seenUid(joinedAt: string): SeenUid {
  return joinedAt === "" ? { online: false } : { online: true, joinedAtMs: Number(joinedAt) };
}

function parsePresence(fields: FieldReader): PresenceSummary {
  const [heldPartition, heldOffset] = fields.text("p.held")?.split(" ") ?? [];
  const optional = {
    emptySinceMs: fields.number("p.emptySince"),
    graceReason: fields.number("p.graceReason"),
    hostsEmptySinceMs: fields.number("p.hostsEmptySince"),
    hostsGraceReason: fields.number("p.hostsGraceReason"),
    unknownRecorderAtMs: fields.number("p.unknownRecorderAt"),
    newestJoinAtMs: fields.number("p.newestJoinAt"),
  };
  const doubtfulCount = fields.number("p.doubtful") ?? 0;
  const maybeRecorders = fields.number("p.maybe") ?? 0;
  const doubtful = {
    count: doubtfulCount,
    hosts: fields.number("p.doubtfulHosts") ?? 0,
    sinceMs: fields.number("p.doubtfulSince") ?? 0,
  };
  return {
    count: fields.number("p.count") ?? 0,
    hosts: fields.number("p.hosts") ?? 0,
    ...defined(optional),
    ...(doubtfulCount === 0 ? {} : { doubtful }),
    ...(maybeRecorders === 0 ? {} : { maybeRecorders }),
    ...(heldOffset === undefined
      ? {}
      : { held: { partition: Number(heldPartition), offset: String(BigInt(heldOffset)) } }),
  };
}

function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> };
function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}

class FieldReader {
  readonly #ref: ChannelRef;
  readonly #fields: ReadonlyMap<string, string>;

  constructor(ref: ChannelRef, fields: ReadonlyMap<string, string>) {
    this.#ref = ref;
    this.#fields = fields;
  }

  /** A channel that only presence has written has no version yet. */
  checkVersion(): void {
    const version = this.#fields.get("schemaVersion");
    if (version === undefined && !this.#fields.has("want")) return;
    if (storedSchemaVersion.safeParse(version).success) return;
    throw this.#refusal(
      `schemaVersion ${version ?? "(absent)"}, but this version of autorec reads ${recordSchemaVersion}`,
    );
  }

  text(name: string): string | undefined {
    return this.#fields.get(name);
  }

  number(name: string): number | undefined {
    const text = this.#fields.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text !== "" && Number.isFinite(value)) return value;
    throw this.#refusal(`field ${name} holds "${text.slice(0, 40)}", expected a number`);
  }

  json<T>(name: string, schema: z.ZodType<T>): T | undefined {
    const text = this.#fields.get(name);
    return text === undefined ? undefined : this.#parse(name, text, schema);
  }

  family<T>(prefix: string, schema: z.ZodType<T>): T[] {
    return [...this.#fields].flatMap(([name, text]) =>
      name.startsWith(prefix) ? [this.#parse(name, text, schema)] : [],
    );
  }

  #parse<T>(name: string, text: string, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(jsonOrUndefined(text));
    if (parsed.success) return parsed.data;
    throw this.#refusal(`field ${name} is not what autorec writes: ${z.prettifyError(parsed.error)}`);
  }

  #refusal(what: string): StoreError {
    const { appId, channelName } = this.#ref;
    return new StoreError(`the stored record of channel ${appId}/${channelName} cannot be used: ${what}`, {
      code: "REC_RECORD_SCHEMA",
      retry: "terminal",
      context: { appId, channelName },
    });
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON at all: the schema refuses undefined and names what it expected.
    return undefined;
  }
}

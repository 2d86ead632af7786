import { concerns, isInForce, scopeWord } from "@autorec/domain";
import type { ControlSwitch } from "@autorec/domain";
import { controlKey, controlMessage } from "@autorec/engine";
import type { ChannelRef, ControlReading, SessionStore } from "@autorec/session-store";
import type { RelayMessage } from "./relay-outbox.ts";

/** Audit entries that are searched at the start for switches that were lifted while no watchdog ran. */
const auditSearchedMax = 1_000;
/** One channel after the other becomes due in each shard: 200 a second. */
const stepMs = 5;
/** It is done again so long after, in case a failover has lost it; where none has, Redis knows. */
const againMs = 120_000;

export interface TendControlDeps {
  readonly store: Pick<SessionStore, "channelRefs" | "spreadDue" | "liftSwitch" | "readAudit">;
  readonly shardCount: number;
  /** What the switches said when they were last read. */
  readonly reading: () => ControlReading | undefined;
  readonly ruleNameOf: (ref: ChannelRef) => string | undefined;
  /** Until so long after a change some process may still decide by the old switches. */
  readonly settleMs: number;
  readonly monotonicMs: () => number;
  /** Resolves when every replica of the topic of the snapshots has the messages. */
  readonly journal: (messages: readonly RelayMessage[]) => Promise<void>;
}

/**
 * What follows from the operators' switches beside the decisions: those that have ended are lifted, every change is
 * journalled, and the channels that it concerns are made due, spread, once all processes have heard of it. Any number of
 * watchdogs may do so; what fails is done again in the next round.
 */
export class ControlTender {
  readonly #deps: TendControlDeps;
  #noticed: { readonly revision: number; readonly atMs: number } | undefined;
  #spread: ControlReading | undefined;
  #spreadAgainAtMs = Infinity;
  #journalled: ControlReading | undefined;

  constructor(deps: TendControlDeps) {
    this.#deps = deps;
  }

  /** Does what is open; rejects with what hindered it. */
  async round(): Promise<void> {
    const reading = this.#deps.reading();
    if (reading === undefined || reading.revision === 0) return;
    await this.#liftExpired(reading);
    if (reading.revision !== this.#journalled?.revision) await this.#journal(reading);
    const nowMs = this.#deps.monotonicMs();
    if (reading.revision !== this.#noticed?.revision) this.#noticed = { revision: reading.revision, atMs: nowMs };
    const isSettled = nowMs - this.#noticed.atMs >= this.#deps.settleMs;
    if (isSettled && reading.revision !== this.#spread?.revision) {
      await this.#makeDue(reading, changedScopes(this.#spread?.switches, reading.switches));
      this.#spreadAgainAtMs = nowMs + againMs;
    } else if (nowMs >= this.#spreadAgainAtMs) {
      await this.#makeDue(reading);
      this.#spreadAgainAtMs = Infinity;
    }
  }

  async #liftExpired({ nowMs, switches }: ControlReading): Promise<void> {
    for (const expired of switches.filter((each) => !isInForce(each, nowMs))) {
      const by = { author: "autorec", reason: "its time has ended", expired };
      await this.#deps.store.liftSwitch(scopeWord(expired.scope), by);
    }
  }

  async #journal(reading: ControlReading): Promise<void> {
    const lifted = this.#journalled === undefined ? await this.#liftedBefore() : this.#journalled.switches.map(wordOf);
    const present = new Set(reading.switches.map(wordOf));
    const ended = [...new Set(lifted)].filter((word) => !present.has(word));
    const messages = [
      ...reading.switches.map(controlMessage),
      ...ended.map((word) => ({ key: controlKey(word), value: null })),
    ];
    if (messages.length > 0) await this.#deps.journal(messages);
    this.#journalled = reading;
  }

  /** What the journal may still hold from a time at which nobody could tell it better. */
  async #liftedBefore(): Promise<readonly string[]> {
    const audit = await this.#deps.store.readAudit(auditSearchedMax);
    return audit.filter(({ action }) => action === "resume" || action === "expire").map(({ target }) => target);
  }

  /** Without scopes all channels; Redis knows up to which revision it was done. */
  async #makeDue(reading: ControlReading, scopes?: readonly ControlSwitch["scope"][]): Promise<void> {
    for (let shard = 0; shard < this.#deps.shardCount; shard += 1) {
      const refs = await this.#deps.store.channelRefs(shard);
      const concerned = refs.filter((ref) => {
        const channel = { ...ref, ruleName: this.#deps.ruleNameOf(ref) };
        return scopes === undefined || scopes.some((scope) => concerns(scope, channel));
      });
      await this.#deps.store.spreadDue(shard, { refs: concerned, revision: reading.revision, firstMs: 0, stepMs });
    }
    this.#spread = reading;
  }
}

/** The scopes in which anything differs; undefined = nobody knows what was before, so all of them. */
function changedScopes(
  before: readonly ControlSwitch[] | undefined,
  after: readonly ControlSwitch[],
): readonly ControlSwitch["scope"][] | undefined {
  if (before === undefined) return undefined;
  const isIn = (list: readonly ControlSwitch[], each: ControlSwitch): boolean =>
    list.some(({ revision }) => revision === each.revision);
  const changed = [...before.filter((each) => !isIn(after, each)), ...after.filter((each) => !isIn(before, each))];
  return changed.map(({ scope }) => scope);
}

function wordOf({ scope }: ControlSwitch): string {
  return scopeWord(scope);
}

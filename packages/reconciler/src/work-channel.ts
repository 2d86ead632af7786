import { decide, isTakenOver, tombstoneMs } from "@autorec/domain";
import type { Attempt, ChannelRecord, Decision, Input } from "@autorec/domain";
import { answerAsFact } from "./answer-as-fact.ts";
import type { CallPlan } from "./call-order.ts";
import { changedAttempts } from "./changed-attempts.ts";
import { giveBackLease } from "./give-back-lease.ts";
import { knownSids } from "./known-sids.ts";
import { Lease } from "./lease.ts";
import { performCall, prepareCall } from "./perform-call.ts";
import type { Preparation } from "./perform-call.ts";
import type { ChannelRef, ClaimedChannel, ReconcilerDeps } from "./ports.ts";
import { RedisClock } from "./redis-clock.ts";
import type { UntoldFacts } from "./untold-facts.ts";
import { machineTimer, Wakeup } from "./wakeup.ts";
import { WorkerHolds } from "./worker-holds.ts";

/** How a turn of work on a channel ended. */
export type WorkOutcome = "settled" | "lost" | "contended" | "failed";

/** A decision that others keep overtaking is given back to the schedule instead of spinning. */
const conflictsMax = 5;
/** No channel needs so many steps in one turn; more of them is a loop, which the schedule slows down. */
const stepsMax = 500;

/** A lease on a channel, with what was read as it was granted. */
export interface Grant {
  readonly channel: ClaimedChannel;
  readonly token: string;
  /** Local monotonic time at which the claim was sent. */
  readonly askedAtMs: number;
}

interface PlannedCall {
  readonly plan: CallPlan;
  readonly prepared: Preparation | undefined;
}

/** Works on a claimed channel until nothing is under way, then gives the lease back together with the next due time. */
export async function workChannel(
  grant: Grant,
  deps: ReconcilerDeps,
  untold: Pick<UntoldFacts, "tell">,
): Promise<WorkOutcome> {
  return new ChannelWork(grant, deps, untold).run();
}

class ChannelWork {
  readonly #ref: ChannelRef;
  readonly #deps: ReconcilerDeps;
  readonly #untold: Pick<UntoldFacts, "tell">;
  readonly #clock: RedisClock;
  readonly #lease: Lease;
  readonly #inFlight = new Set<number>();
  /** As they were when their last call was sent: what an answer is about, whatever becomes of the row. */
  readonly #launched = new Map<number, Attempt>();
  readonly #inbox: Input[] = [{ kind: "look" }];
  readonly #wakeup: Wakeup;
  readonly #holds: WorkerHolds;
  #channel: ClaimedChannel;

  constructor(grant: Grant, deps: ReconcilerDeps, untold: Pick<UntoldFacts, "tell">) {
    this.#ref = grant.channel.ref;
    this.#channel = grant.channel;
    this.#deps = deps;
    this.#untold = untold;
    this.#holds = new WorkerHolds(grant.channel.ref, deps);
    this.#wakeup = new Wakeup(deps.after ?? machineTimer);
    this.#clock = new RedisClock(deps.clock);
    this.#clock.learn(grant.channel.nowMs, grant.askedAtMs);
    const { ref, leaseUntilMs, nowMs } = grant.channel;
    const { token, askedAtMs } = grant;
    this.#lease = new Lease({ ref, token, askedAtMs, restMs: leaseUntilMs - nowMs, deps, clock: this.#clock });
  }

  async run(): Promise<WorkOutcome> {
    let input: Input = { kind: "look" };
    try {
      for (let steps = 0; steps < stepsMax; steps += 1) {
        input = this.#inbox.shift() ?? { kind: "look" };
        const step = await this.#step(input);
        if (step === "lost" || step === "contended") return await this.#leave(step, input);
        if (step.released) return await this.#settle();
        input = { kind: "look" };
        await this.#await(step.dueAtMs);
        if (this.#lease.isLost) return await this.#leave("lost", input);
      }
      return await this.#leave("contended", input);
    } catch (err) {
      this.#deps.observer.failed(this.#ref, err);
      return await this.#leave("failed", input);
    }
  }

  /** The lease is back; a channel that nothing can ask for any more is collected. */
  async #settle(): Promise<WorkOutcome> {
    const { record, presence } = this.#channel.view;
    const forgetBeforeMs = this.#clock.earliestMs() - tombstoneMs;
    const isForgotten = Object.values(record.attempts).every((a) => (a.closedAtMs ?? Infinity) < forgetBeforeMs);
    const isQuiet = !record.want.on && presence.count === 0 && (presence.emptySinceMs ?? 0) < forgetBeforeMs;
    if (isForgotten && isQuiet) await this.#deps.store.gc(this.#ref, { tombstoneMs });
    await this.#holds.written();
    return "settled";
  }

  /** Decides, makes the decision durable, then sends what it asks for; places and journal are asked meanwhile. */
  async #step(
    input: Input,
  ): Promise<{ readonly released: boolean; readonly dueAtMs: number | undefined } | "lost" | "contended"> {
    const refused: PlannedCall[] = [];
    for (let conflicts = 0; conflicts < conflictsMax; conflicts += 1) {
      const decision = this.#decide(input);
      const released = decision.calls.length === 0 && this.#inFlight.size === 0 && this.#inbox.length === 0;
      const planned = decision.calls.flatMap((call) => this.#plan(call, decision));
      const reply = await this.#commit(decision, { release: released });
      if (reply.kind === "lost") return "lost";
      if (reply.kind === "conflict") {
        this.#channel = reply.channel;
        refused.push(...planned);
        continue;
      }
      const before = this.#channel.view.record;
      this.#observe({ before, input, decision });
      this.#holds.follow({ before, after: decision.record, nowMs: this.#clock.earliestMs() });
      this.#adopt(decision, reply.rev);
      this.#holds.free(this.#unmade(refused));
      if (this.#hasLostItsRow(input)) await this.#reportFact(input);
      for (const each of planned) this.#launch(each, reply.nowMs);
      return { released, dueAtMs: decision.dueAtMs };
    }
    return "contended";
  }

  /** A start that worked, but whose attempt a Redis that went back in time does not know: its recorder must not be forgotten. */
  #hasLostItsRow(input: Input): boolean {
    if (input.kind !== "start" || input.answer.outcome !== "ok") return false;
    return this.#channel.view.record.attempts[input.n]?.resourceId !== input.resourceId;
  }

  #decide(input: Input): Decision {
    const { policy, durations, deploymentId, entropy, observer } = this.#deps;
    const { liveRuleHashes, view } = this.#channel;
    const rule = policy.ruleFor(this.#ref);
    return decide(view, input, {
      nowMs: this.#clock.earliestMs(),
      durations,
      deploymentId,
      rule,
      knowsRule: (hash) => policy.knowsRule(hash),
      otherRulesAlive: liveRuleHashes.some((hash) => hash !== policy.hash),
      ...this.#deps.control({ ...this.#ref, ruleName: rule?.name }),
      inFlight: this.#busyBeside(input),
      entropy: entropy(),
      ...(observer.cell === undefined ? {} : { onCell: observer.cell }),
    });
  }

  /** Attempts with a call under way, or with an answer that waits for its own decision: neither gets another call. */
  #busyBeside(input: Input): ReadonlySet<number> {
    const waiting = this.#inbox.flatMap((each) => (each.kind === "look" ? [] : [each.n]));
    const busy = new Set([...this.#inFlight, ...waiting]);
    if (input.kind !== "look") busy.delete(input.n);
    return busy;
  }

  async #commit(
    decision: Decision,
    { release }: { readonly release: boolean },
  ): ReturnType<ReconcilerDeps["store"]["commit"]> {
    const { view, rev } = this.#channel;
    const askedAtMs = this.#deps.clock.monotonicMs();
    const reply = await this.#deps.store.commit(this.#ref, {
      token: this.#lease.token,
      expectedRev: rev,
      before: view.record,
      after: decision.record,
      consumedFacts: view.facts,
      lifecycle: decision.lifecycle,
      snapshots: changedAttempts(view, decision),
      marks: decision.marks,
      dueAtMs: decision.dueAtMs,
      release,
    });
    this.#clock.learn(reply.kind === "conflict" ? reply.channel.nowMs : reply.nowMs, askedAtMs);
    return reply;
  }

  /** What is written for people delays no call. */
  #observe(step: { readonly before: ChannelRecord; readonly input: Input; readonly decision: Decision }): void {
    const { meanwhile, observer } = this.#deps;
    const tell = (): void => {
      try {
        observer.decided({ ref: this.#ref, ...step });
        for (const alarm of step.decision.alarms) observer.alarm(this.#ref, alarm);
      } catch (err) {
        // Told by a turn of its own, it would end the process.
        observer.failed(this.#ref, err);
      }
    };
    if (meanwhile === undefined) tell();
    else meanwhile(tell);
  }

  /** A refused decision may have reserved workers for attempts that nobody has made since: no row would ever release them. */
  #unmade(planned: readonly PlannedCall[]): readonly number[] {
    const { attempts } = this.#channel.view.record;
    return planned.flatMap(({ plan: { call } }) =>
      call.call === "acquire" && attempts[call.n] === undefined ? [call.n] : [],
    );
  }

  #adopt(decision: Decision, rev: string): void {
    this.#channel = { ...this.#channel, rev, view: { ...this.#channel.view, record: decision.record, facts: [] } };
  }

  #plan(call: Decision["calls"][number], { record }: Decision): readonly PlannedCall[] {
    const attempt = record.attempts[call.n];
    if (attempt === undefined) return [];
    // Waiting for the journal or the budget takes time, in which the channel may have emptied.
    const isStillMeant = (): boolean =>
      call.call !== "start" || this.#channel.view.record.attempts[call.n]?.st === "READY";
    const isTakeover = Object.values(record.attempts).some((other) => isTakenOver(other, attempt));
    const plan = {
      ref: this.#ref,
      call,
      attempt,
      decidedAtMs: this.#clock.earliestMs(),
      decidedOnRev: this.#channel.rev,
      isStillMeant,
      isTakeover,
    };
    return [{ plan, prepared: prepareCall(plan, this.#deps) }];
  }

  #launch({ plan, prepared }: PlannedCall, sentAtMs: number): void {
    const { n } = plan.call;
    this.#inFlight.add(n);
    this.#launched.set(n, plan.attempt);
    const late = (input: Input): void => {
      this.#reportFact(input).catch((err: unknown) => this.#deps.observer.failed(this.#ref, err));
    };
    const tools = { deps: this.#deps, lease: this.#lease, clock: this.#clock, late };
    performCall({ ...plan, sentAtMs }, prepared, tools)
      .then((input) => this.#take(n, input))
      .catch((err: unknown) => {
        this.#deps.observer.failed(this.#ref, err);
        this.#arrive(n, { kind: "look" });
      });
  }

  /** An answer belongs to the next decision, or, when the lease is over, among the facts before this turn may end. */
  async #take(n: number, input: Input = { kind: "look" }): Promise<void> {
    if (this.#lease.isLost) await this.#reportFact(input);
    this.#arrive(n, this.#lease.isLost ? { kind: "look" } : input);
  }

  /** In one step, since a decision between the two would take the call for unanswered and wait for it. */
  #arrive(n: number, input: Input): void {
    this.#inbox.push(input);
    this.#inFlight.delete(n);
    this.#wakeup.ring();
  }

  /** Waits for an answer; meanwhile keeps the lease alive and notices what others write or what falls due. */
  async #await(dueAtMs: number | undefined): Promise<void> {
    for (;;) {
      if (this.#inbox.length > 0 || this.#inFlight.size === 0) return;
      const untilDueMs = dueAtMs === undefined ? Infinity : dueAtMs - this.#clock.earliestMs();
      await this.#wakeup.wait(Math.max(1, Math.min(this.#deps.durations.tickMs, untilDueMs)));
      if (this.#inbox.length > 0 || this.#lease.isLost) return;
      const rev = await this.#lease.renew();
      if (rev === undefined || rev !== this.#channel.rev) return;
      if (dueAtMs !== undefined && this.#clock.earliestMs() >= dueAtMs) return;
    }
  }

  /** Ends the turn without a decision; whoever comes next continues from what is stored. */
  async #leave(outcome: "lost" | "contended" | "failed", input: Input): Promise<WorkOutcome> {
    this.#lease.lose();
    if (outcome === "lost") this.#deps.observer.leaseLost(this.#ref);
    for (const answer of [input, ...this.#inbox.splice(0)]) await this.#reportFact(answer);
    while (this.#inFlight.size > 0) await this.#wakeup.wait(this.#deps.durations.tickMs);
    // Redis may have lost all that it knew; nothing is decided on this before events had time to come again.
    const given = { withinMs: this.#deps.durations.eventLagMs };
    if (outcome !== "contended")
      for (const fact of knownSids(this.#channel.view.record)) await this.#untold.tell(this.#ref, fact, given);
    await this.#holds.written();
    if (outcome !== "lost") await giveBackLease(this.#ref, this.#lease.token, this.#deps);
    return outcome;
  }

  async #reportFact(input: Input): Promise<void> {
    if (input.kind === "look") return;
    const attempt = this.#launched.get(input.n);
    const fact = attempt === undefined ? undefined : answerAsFact(input, attempt);
    if (fact !== undefined) await this.#untold.tell(this.#ref, fact);
  }
}

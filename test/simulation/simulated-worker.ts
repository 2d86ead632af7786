import { decide } from "@autorec/domain";
import type { Attempt, Call, ChannelView, Decision, Durations, Input, PendingFact, Rule } from "@autorec/domain";
import type { FakeClock } from "./fake-clock.ts";
import type { ModelAgora } from "./model-agora.ts";
import type { ModelStore } from "./model-store.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** How often a process dies or freezes where it hurts: 0 … 1 per step. */
export interface WorkerFaults {
  active: boolean;
  readonly crash: number;
  readonly pause: number;
  readonly journalRefused: number;
  readonly postponed: number;
}

export interface WorkerTools {
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly durations: Durations;
  readonly rule: Rule;
  readonly store: ModelStore;
  readonly agora: ModelAgora;
  readonly faults: WorkerFaults;
  /** Called for every decision that became durable. */
  readonly decided: (before: ChannelView, decision: Decision) => void;
}

interface Work {
  readonly token: string;
  view: ChannelView;
  rev: number;
  readonly inFlight: Set<number>;
  dueAtMs: number | undefined;
  /** Local time of the last grant: when a lease can be trusted no longer. */
  grantedAtMs: number;
  isLost: boolean;
}

/** The shell around `decide` as the reconciler is, without I/O: it may die or freeze between any two of its effects. */
export class SimulatedWorker {
  readonly #tools: WorkerTools;
  readonly #name: string;
  #work: Work | undefined;
  #life = 1;
  #isDead = false;
  #frozenUntilMs = 0;
  #claims = 0;

  constructor(name: string, tools: WorkerTools) {
    this.#name = name;
    this.#tools = tools;
    this.#tick();
  }

  crash(): void {
    this.#life += 1;
    this.#isDead = true;
    this.#work = undefined;
    this.#tools.clock.in(this.#tools.random.between(500, 20_000), () => {
      this.#isDead = false;
    });
  }

  freeze(): void {
    const { clock, durations, random } = this.#tools;
    this.#frozenUntilMs = clock.nowMs + random.between(1_000, 3 * durations.leaseMs);
  }

  /** Runs when this very process is awake; a dead process never comes back to what it was doing. */
  #whenAwake(run: () => void): void {
    const life = this.#life;
    const attempt = (): void => {
      if (life !== this.#life) return;
      const { clock } = this.#tools;
      if (clock.nowMs < this.#frozenUntilMs) clock.in(this.#frozenUntilMs - clock.nowMs, attempt);
      else run();
    };
    attempt();
  }

  #tick(): void {
    const { clock, durations, random } = this.#tools;
    clock.in(durations.tickMs + random.between(0, 50), () => this.#tick());
    if (this.#isDead || clock.nowMs < this.#frozenUntilMs) return;
    if (this.#work === undefined) this.#claim();
    else this.#keepLease(this.#work);
  }

  #claim(): void {
    this.#claims += 1;
    const token = `${this.#name}-${this.#life}-${this.#claims}`;
    const claim = this.#tools.store.claim(token);
    if (claim === undefined) return;
    const grantedAtMs = this.#tools.clock.nowMs;
    this.#work = { token, ...claim, inFlight: new Set(), dueAtMs: undefined, grantedAtMs, isLost: false };
    this.#step(this.#work, { kind: "look" });
  }

  #keepLease(work: Work): void {
    const rev = this.#tools.store.renew(work.token);
    if (rev === undefined) {
      this.#lose(work);
      return;
    }
    work.grantedAtMs = this.#tools.clock.nowMs;
    const isDue = work.dueAtMs !== undefined && work.dueAtMs <= this.#tools.clock.nowMs;
    if (rev !== work.rev || isDue) this.#step(work, { kind: "look" });
  }

  #step(work: Work, input: Input): void {
    const { store, clock } = this.#tools;
    for (let conflicts = 0; conflicts < 5; conflicts += 1) {
      if (this.#dies()) return;
      const decision = this.#decide(work, input);
      const release = decision.calls.length === 0 && work.inFlight.size === 0;
      const consumed = work.view.facts;
      const reply = store.commit({ token: work.token, rev: work.rev, decision, consumed, release });
      if (reply.kind === "lost") {
        this.#lose(work);
        this.#report(work, input);
        return;
      }
      if (reply.kind === "conflict") {
        work.view = reply.view;
        work.rev = reply.rev;
        continue;
      }
      this.#tools.decided(work.view, decision);
      work.view = { ...work.view, record: store.record, facts: [] };
      work.rev = reply.rev;
      work.dueAtMs = decision.dueAtMs;
      if (release) this.#work = undefined;
      if (this.#dies()) return;
      const sentAtMs = clock.nowMs;
      for (const call of decision.calls) this.#launch(work, call, sentAtMs);
      return;
    }
    this.#lose(work);
    store.release(work.token);
  }

  #decide(work: Work, input: Input): Decision {
    const { clock, durations, random, rule } = this.#tools;
    return decide(work.view, input, {
      nowMs: clock.nowMs,
      durations,
      deploymentId: "simulation",
      rule,
      knowsRule: () => true,
      otherRulesAlive: false,
      control: "run",
      inFlight: work.inFlight,
      entropy: random.between(0, 2 ** 32 - 1),
    });
  }

  #launch(work: Work, call: Call, sentAtMs: number): void {
    const { clock, random } = this.#tools;
    work.inFlight.add(call.n);
    if (this.#faults(this.#tools.faults.pause)) this.freeze();
    // A frozen process may have checked its lease before it froze: then its request leaves when it wakes.
    const isBegun = clock.nowMs < this.#frozenUntilMs && random.chance(0.5);
    clock.in(random.between(0, 30), () => {
      this.#whenAwake(() => {
        if (isBegun || this.#maySend(work, call)) this.#send(work, call, sentAtMs);
        else work.inFlight.delete(call.n);
      });
    });
  }

  /** The local rest of the lease must cover the call, else it is renewed first. */
  #maySend(work: Work, call: Call): boolean {
    if (work.isLost) return false;
    const { clock, durations, store } = this.#tools;
    const limits = {
      acquire: durations.callAcquireMs,
      start: durations.callStartMs,
      query: durations.callQueryMs,
      stop: durations.callStopMs,
    };
    const restMs = work.grantedAtMs + durations.leaseMs - clock.nowMs;
    if (restMs >= limits[call.call] + durations.sendSlackMs) return true;
    if (store.renew(work.token) === undefined) {
      this.#lose(work);
      return false;
    }
    work.grantedAtMs = clock.nowMs;
    return true;
  }

  #send(work: Work, call: Call, sentAtMs: number): void {
    const { agora, clock } = this.#tools;
    const attempt = work.view.record.attempts[call.n];
    if (attempt === undefined) throw new Error(`attempt ${call.n} has a call and no row`);
    const { n } = call;
    const hear = (make: (answered: { n: number; sentAtMs: number; answeredAtMs: number }) => Input): void => {
      this.#whenAwake(() => this.#answered(work, make({ n, sentAtMs, answeredAtMs: clock.nowMs })));
    };
    if (this.#faults(this.#tools.faults.postponed)) {
      const unsent = call.call === "start" ? { send: call.send } : {};
      hear(() => ({ kind: "postponed", n, retryInMs: 500, ...unsent }));
      return;
    }
    switch (call.call) {
      case "acquire":
        agora.acquire(attempt.uid, (answer) => hear((times) => ({ kind: "acquire", ...times, answer })));
        return;
      case "start": {
        const { resourceId } = attempt;
        if (resourceId === undefined) throw new Error(`attempt ${n} is started without a resource`);
        if (call.journalFirst && this.#faults(this.#tools.faults.journalRefused)) {
          hear(() => ({ kind: "journalRefused", n, send: call.send }));
          return;
        }
        const { send } = call;
        agora.start(resourceId, (answer) => hear((times) => ({ kind: "start", ...times, resourceId, send, answer })));
        return;
      }
      case "query": {
        const { sid } = call;
        agora.query(sid, (answer) => hear((times) => ({ kind: "query", ...times, sid, answer })));
        return;
      }
      case "stop": {
        const { sid } = call;
        agora.stop(sid, (answer) => hear((times) => ({ kind: "stop", ...times, sid, answer })));
        return;
      }
    }
  }

  #answered(work: Work, input: Input): void {
    if (input.kind === "look") return;
    work.inFlight.delete(input.n);
    if (this.#dies()) return;
    if (work.isLost || this.#work !== work) this.#report(work, input);
    else this.#step(work, input);
  }

  #lose(work: Work): void {
    work.isLost = true;
    if (this.#work === work) this.#work = undefined;
  }

  /** What an answer proves whoever holds the lease. */
  #report(work: Work, input: Input): void {
    if (input.kind !== "start" && input.kind !== "stop") return;
    const attempt = work.view.record.attempts[input.n];
    const fact = attempt === undefined ? undefined : factOf(attempt, input);
    if (fact !== undefined) this.#tools.store.fact(fact);
  }

  #dies(): boolean {
    if (!this.#faults(this.#tools.faults.crash)) return false;
    this.crash();
    return true;
  }

  #faults(probability: number): boolean {
    return this.#tools.faults.active && this.#tools.random.chance(probability);
  }
}

function factOf(attempt: Attempt, input: Extract<Input, { readonly kind: "start" | "stop" }>): PendingFact | undefined {
  const { n, slot, session, uid, mode, resourceId } = attempt;
  if (resourceId === undefined) return undefined;
  const base = { n, slot, session, uid, mode, resourceId, atMs: input.answeredAtMs };
  if (input.kind === "stop") {
    return input.answer.outcome === "done" ? { ...base, kind: "stopAccepted", sid: input.sid } : undefined;
  }
  return input.answer.outcome === "ok" ? { ...base, kind: "sid", sid: input.answer.sid } : undefined;
}

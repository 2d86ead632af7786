import type { AttemptState } from "@autorec/events";
import type { ChannelView, Want } from "./channel-record.ts";
import type { Control } from "./control.ts";
import type { DecideContext } from "./decision.ts";
import { doubtOf, isProbing } from "./doubt.ts";
import { occupancyOf } from "./occupancy.ts";
import type { Occupancy } from "./occupancy.ts";
import type { Rule } from "./rule.ts";

/**
 * What should be true of the channel now, from presence and rule; the stored want only tells where a session began.
 * A channel goes on when it is occupied; it stays on through the grace after the last leave.
 */
export function decideWant(view: ChannelView, context: DecideContext): Want {
  const { control, killSwitchRev } = context;
  const before = withoutControl(view.record.want);
  const now = wantUnder(control, before, wantByRule(before, view, context));
  if (control === "run") return now;
  return { ...now, control, ...(killSwitchRev === undefined ? {} : { killSwitchRev }) };
}

/** What was wanted, without the switch under which that was decided. */
function withoutControl(want: Want): Want {
  if (want.control === undefined) return want;
  const { control: _, killSwitchRev: __, ...rest } = want;
  return rest;
}

/** While nothing may be sent nothing can be stopped either: what was on stays on until somebody may act on its end. */
function wantUnder(control: Control, before: Want, byRule: Want): Want {
  switch (control) {
    case "run":
    case "holdStarts":
      return byRule;
    case "handsOff":
      return before.on && !byRule.on ? before : byRule;
    case "stopAll":
      return off("killed");
  }
}

function wantByRule(want: Want, view: ChannelView, context: DecideContext): Want {
  const { rule } = context;
  if (rule === undefined) return want.on && context.otherRulesAlive ? want : off("no_rule");

  const occupancy = occupancyOf(view.presence, rule);
  if (occupancy.occupied) {
    if (!want.on && view.presence.held !== undefined) return off("held");
    return on(want, rule, { cause: "occupied", context });
  }
  const graceUntilMs = want.on ? graceEndMs(view, rule, occupancy) : undefined;
  if (graceUntilMs !== undefined && context.nowMs < graceUntilMs) {
    if (graceUntilMs === Infinity) return on(want, rule, { cause: "occupied", context });
    return { ...on(want, rule, { cause: "grace", context }), graceUntilMs };
  }
  const doubt = doubtOf(view, occupancy, context);
  if (doubt === undefined) return off("empty");
  const isProbe = doubt.probeSinceMs !== undefined && isProbing(view, doubt.probeSinceMs);
  if (!isProbe || (!want.on && view.presence.held !== undefined)) return off("doubtful");
  return on(want, rule, { cause: "probe", context });
}

/** When a channel that nobody certain is in is over; Infinity while more unknown uids are there than recorders can be. */
function graceEndMs(view: ChannelView, rule: Rule, occupancy: Occupancy): number | undefined {
  const { emptySinceMs, graceReason } = occupancy;
  const { doubtful, maybeRecorders = 0 } = view.presence;
  if (emptySinceMs === undefined) return undefined;
  // Doubt has emptied it, not a leave: the recorder that nobody joined is gone already.
  if (doubtful !== undefined && emptySinceMs <= doubtful.sinceMs) return undefined;
  if (maybeRecorders === 0) return emptySinceMs + graceFor(graceReason, rule);
  const recorders = Object.values(view.record.attempts).filter(({ st }) => mayBeThere.has(st)).length;
  return maybeRecorders > Math.max(1, recorders) ? Infinity : emptySinceMs + 3 * rule.graceMs;
}

const mayBeThere: ReadonlySet<AttemptState> = new Set(["LIVE", "CONF", "GHOST", "STOPPING"]);

/** Reasons 1 (left) and 3 (banned) rarely come back, the others are mostly a broken connection. */
function graceFor(reason: number | undefined, rule: Rule): number {
  return reason === 1 || reason === 3 ? rule.graceNormalMs : rule.graceMs;
}

function on(before: Want, rule: Rule, options: { readonly cause: string; readonly context: DecideContext }): Want {
  const sessionId = before.on ? before.sessionId : undefined;
  return {
    on: true,
    cause: options.cause,
    sessionId: sessionId ?? newSessionId(options.context),
    ruleHash: rule.hash,
    ruleName: rule.name,
  };
}

function off(cause: string): Want {
  return { on: false, cause };
}

function newSessionId(context: DecideContext): string {
  return `s_${Math.floor(context.nowMs).toString(36)}_${context.entropy.toString(36).padStart(7, "0")}`;
}

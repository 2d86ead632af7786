import { strongestControl } from "./control.ts";
import type { Control, ControlMode } from "./control.ts";

/** The version of a stored switch that this code reads and writes. */
export const switchSchemaVersion = 1;

/** What a switch concerns. Apps are named as in the configuration and matched by their id, which no rename changes. */
export type ControlScope =
  | { readonly kind: "all" }
  | { readonly kind: "app"; readonly app: string; readonly appId: string }
  | { readonly kind: "rule"; readonly rule: string }
  | { readonly kind: "channel"; readonly app: string; readonly appId: string; readonly channelName: string };

/** Every kind of scope; label `scope` of `autorec_paused`. */
export const scopeKinds = ["all", "app", "rule", "channel"] as const;

/** One switch that an operator has thrown; there is at most one per scope. */
export interface ControlSwitch {
  readonly schemaVersion: typeof switchSchemaVersion;
  /** Grows with every change of any switch. */
  readonly revision: number;
  readonly scope: ControlScope;
  readonly mode: ControlMode;
  readonly reason: string;
  readonly author: string;
  /** Redis clock. */
  readonly sinceMs: number;
  /** Ends by itself then; absent = only by `resume`. */
  readonly untilMs?: number;
}

/** A channel as scopes see it; without a rule only wider scopes concern it. */
export interface ControlledChannel {
  readonly appId: string;
  readonly channelName: string;
  readonly ruleName: string | undefined;
}

/** What the switches allow for one channel, and the newest revision among those that say so. */
export interface ControlOrder {
  readonly control: Control;
  readonly killSwitchRev?: number;
}

/** How people write a scope: `all`, `app:NAME`, `rule:NAME`, `channel:APP/CHANNEL`. */
export function scopeWord(scope: ControlScope): string {
  switch (scope.kind) {
    case "all":
      return "all";
    case "app":
      return `app:${scope.app}`;
    case "rule":
      return `rule:${scope.rule}`;
    case "channel":
      return `channel:${scope.app}/${scope.channelName}`;
  }
}

/** Whether a scope names the channel. */
export function concerns(scope: ControlScope, channel: ControlledChannel): boolean {
  switch (scope.kind) {
    case "all":
      return true;
    case "app":
      return scope.appId === channel.appId;
    case "rule":
      return scope.rule === channel.ruleName;
    case "channel":
      return scope.appId === channel.appId && scope.channelName === channel.channelName;
  }
}

/** Whether the switch still counts; the moment it names is the first at which it does not. */
export function isInForce(each: ControlSwitch, nowMs: number): boolean {
  return each.untilMs === undefined || nowMs < each.untilMs;
}

/** The strongest switch in force that concerns the channel. */
export function controlOf(switches: readonly ControlSwitch[], channel: ControlledChannel, nowMs: number): ControlOrder {
  const concerned = switches.filter((each) => isInForce(each, nowMs) && concerns(each.scope, channel));
  const control = strongestControl(concerned.map(({ mode }) => mode));
  if (control === "run") return { control };
  const revisions = concerned.filter(({ mode }) => mode === control).map(({ revision }) => revision);
  return { control, killSwitchRev: Math.max(...revisions) };
}

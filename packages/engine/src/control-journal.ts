import { scopeWord } from "@autorec/domain";
import type { ControlSwitch } from "@autorec/domain";
import { storedSwitch } from "@autorec/session-store";

// Operators' switches lie on the topic of the snapshots too, beside the attempts: a loss of Redis must not lift one silently.
// No App ID is "control", so their keys never meet those of an attempt.

const keyPrefix = "control/";

/** The key of a switch on the topic of the snapshots. */
export function controlKey(target: string): string {
  return `${keyPrefix}${target}`;
}

/** Whether a key of that topic names a switch; every other one names an attempt. */
export function isControlKey(key: string): boolean {
  return key.startsWith(keyPrefix);
}

/** The message that keeps a switch beyond a loss of Redis. */
export function controlMessage(each: ControlSwitch): { readonly key: string; readonly value: string } {
  const value = { schemaVersion: 1, rev: String(each.revision), control: each };
  return { key: controlKey(scopeWord(each.scope)), value: JSON.stringify(value) };
}

/** The switch that a message keeps; undefined when this version cannot understand it. */
export function readControlMessage(value: string): ControlSwitch | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== "object" || parsed === null || !("control" in parsed)) return undefined;
    return storedSwitch.safeParse(parsed.control).data;
  } catch {
    // Not JSON: not written by autorec.
    return undefined;
  }
}

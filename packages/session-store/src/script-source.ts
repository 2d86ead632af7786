import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Every command file of `lua/`, in the order of the protocol; a test compares the two. */
export const scriptNames = [
  "apply-presence",
  "find-due",
  "claim",
  "renew",
  "release",
  "commit",
  "record-fact",
  "collect",
  "rebuild-claim",
  "rebuild-channel",
  "rebuild-finish",
  "release-hold",
  "confirm-presence",
  "read-channel",
  "announce-rules",
  "relay-claim",
  "relay-release",
  "outbox-ack",
  "take-requests",
  "set-control",
  "restore-control",
  "spread-due",
  "cut-requests",
  "hold-workers",
  "expired-workers",
  "cut-workers",
  "read-quota",
] as const;
/** A command of `lua/`. */
export type ScriptName = (typeof scriptNames)[number];

/** A script as Redis gets it, its includes in place; `sha1` is what Redis calls it. */
export interface ScriptSource {
  readonly name: ScriptName;
  readonly text: string;
  readonly sha1: string;
}

/** Reads a script; its line `--- @include a b` is replaced by `lua/include/a.lua` and `b.lua`, Lua in Redis having no modules. */
export function loadScript(name: ScriptName): ScriptSource {
  const text = read(`../lua/${name}.lua`).replace(/^--- @include (.+)$/m, (_, names: string) =>
    names
      .split(" ")
      .map((include) => read(`../lua/include/${include}.lua`))
      .join("\n"),
  );
  return { name, text, sha1: createHash("sha1").update(text).digest("hex") };
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

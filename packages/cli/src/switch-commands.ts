import { concerns, controlModes, isInForce, scopeWord } from "@autorec/domain";
import type { ControlMode, ControlScope, ControlSwitch } from "@autorec/domain";
import { notFound, usageError } from "./cli-error.ts";
import { parseScope } from "./parse-scope.ts";
import { parseUntil } from "./parse-until.ts";
import { authorOf, confirm } from "./session.ts";
import type { ChangeOptions, CommandContext, Deployment } from "./session.ts";
import { tellIfUncopied } from "./tell-if-uncopied.ts";

/** The modes as people write them. */
export const modeWords = { "hold-starts": "holdStarts", "hands-off": "handsOff", "stop-all": "stopAll" } as const;

const effects: Readonly<Record<ControlMode, string>> = {
  holdStarts: "nothing new is started; running recorders go on and are stopped normally",
  handsOff: "nothing at all is sent to Agora; events and facts are still written",
  stopAll: "running recorders are stopped at once, people there are NOT recorded any more",
};

/** What a scope covers at this moment. */
interface Reach {
  readonly channels: number;
  readonly wanted: number;
  readonly recorders: number;
}

/** Throws a switch after showing what it concerns. @throws CliError 2, 3, 6 */
export async function pause(
  context: CommandContext,
  options: ChangeOptions & { readonly scope: string; readonly mode: string; readonly until?: string },
): Promise<void> {
  const { deployment, terminal } = context;
  const { policy, store } = deployment;
  const mode = parseMode(options.mode);
  const scope = parseScope(options.scope, policy);
  const untilMs = options.until === undefined ? undefined : parseUntil(options.until, await store.nowMs());
  const author = authorOf(options, terminal);
  const reach = await reachOf(deployment, scope);
  const end = untilMs === undefined ? "until somebody resumes" : `until ${new Date(untilMs).toISOString()}`;
  const preview = `${options.mode} for ${scopeWord(scope)} ${end}: ${effects[mode]}\nconcerns ${reachWords(reach)}`;
  const confirmWith = mode === "stopAll" ? nameOf(scope) : undefined;
  await confirm(context, options, { preview, ...(confirmWith === undefined ? {} : { confirmWith }) });
  const limit = untilMs === undefined ? {} : { untilMs };
  const thrown = await store.throwSwitch({ scope, mode, author, reason: options.reason, ...limit });
  if (options.output === "json") terminal.out(JSON.stringify({ ...thrown, reach }));
  else terminal.out(`paused: ${switchWords(thrown.after)}`);
  await tellIfUncopied(context);
}

/** Lifts a switch; what it held back is looked at within seconds. @throws CliError 2, 3, 6 */
export async function resume(
  context: CommandContext,
  options: ChangeOptions & { readonly scope: string },
): Promise<void> {
  const { deployment, terminal } = context;
  const { store } = deployment;
  const { switches } = await store.readControl();
  const before = switches.find(({ scope }) => scopeWord(scope) === options.scope);
  const known = switches.map(({ scope }) => scopeWord(scope)).join(", ") || "none";
  if (before === undefined) throw notFound(`no switch is thrown for ${options.scope}; thrown: ${known}`);
  const author = authorOf(options, terminal);
  const reach = await reachOf(deployment, before.scope);
  await confirm(context, options, { preview: `resume ${switchWords(before)}\nconcerns ${reachWords(reach)}` });
  const lifted = await store.liftSwitch(options.scope, { author, reason: options.reason });
  if (lifted.kind === "absent") throw notFound(`somebody else has just lifted the switch for ${options.scope}`);
  if (options.output === "json") terminal.out(JSON.stringify({ before: lifted.before, reach }));
  else terminal.out(`resumed: ${options.scope}; its channels are looked at within seconds`);
  await tellIfUncopied(context);
}

/** Shows the switches in force and the newest orders of operators. */
export async function status(
  { deployment, terminal }: CommandContext,
  options: { readonly output: "text" | "json"; readonly audit: number },
): Promise<void> {
  const { nowMs, switches } = await deployment.store.readControl();
  const inForce = switches.filter((each) => isInForce(each, nowMs));
  const audit = await deployment.store.readAudit(options.audit);
  if (options.output === "json") {
    terminal.out(JSON.stringify({ paused: inForce, audit }));
    return;
  }
  terminal.out(inForce.length === 0 ? "nothing is paused" : inForce.map(switchWords).join("\n"));
  for (const { action, atMs, author, reason, target } of audit)
    terminal.out(`${new Date(atMs).toISOString()}  ${author}  ${action} ${target}  "${reason}"`);
}

function parseMode(word: string): ControlMode {
  const mode = Object.entries(modeWords).find(([name]) => name === word)?.[1];
  if (mode === undefined) throw usageError(`--mode ${word}: expected ${Object.keys(modeWords).join(", ")}`);
  return mode;
}

/** What a person must type before everything in a scope is stopped. */
function nameOf(scope: ControlScope): string {
  switch (scope.kind) {
    case "all":
      return "all";
    case "app":
      return scope.app;
    case "rule":
      return scope.rule;
    case "channel":
      return scope.channelName;
  }
}

async function reachOf({ policy, shardCount, store }: Deployment, scope: ControlScope): Promise<Reach> {
  let [channels, wanted, recorders] = [0, 0, 0];
  for (let shard = 0; shard < shardCount; shard += 1) {
    const refs = (await store.channelRefs(shard)).filter((ref) =>
      concerns(scope, { ...ref, ruleName: policy.ruleFor(ref.appId, ref.channelName)?.rule.name }),
    );
    channels += refs.length;
    while (refs.length > 0) {
      const readings = await Promise.all(refs.splice(0, readsAtOnceMax).map((ref) => store.readChannel(ref)));
      for (const record of readings.flatMap((each) => (each === undefined ? [] : [each.view.record]))) {
        if (record.want.on) wanted += 1;
        recorders += Object.values(record.attempts).filter(({ st }) => st !== "CLAIMED" && st !== "CLOSED").length;
      }
    }
  }
  return { channels, wanted, recorders };
}

/** So that a preview never crowds the scripts that work. */
const readsAtOnceMax = 32;

function reachWords({ channels, recorders, wanted }: Reach): string {
  return `${String(channels)} channels: ${String(wanted)} to be recorded, ${String(recorders)} recorders that may be live`;
}

function switchWords({ author, mode, reason, scope, sinceMs, untilMs }: ControlSwitch): string {
  const word = Object.entries(modeWords).find(([, each]) => each === mode)?.[0] ?? mode;
  const end = untilMs === undefined ? "" : ` until ${new Date(untilMs).toISOString()}`;
  return `${scopeWord(scope)}  ${word}  since ${new Date(sinceMs).toISOString()}${end}  by ${author}  "${reason}"`;
}

/** Every mode has a word: a new one cannot be forgotten here. */
controlModes satisfies readonly (typeof modeWords)[keyof typeof modeWords][];

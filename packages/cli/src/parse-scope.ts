import type { ControlScope } from "@autorec/domain";
import type { Policy } from "@autorec/settings";
import { notFound, usageError } from "./cli-error.ts";

const forms = "all, app:NAME, rule:NAME or channel:APP/CHANNEL";

/** A scope as people write it, with the App ID of its app. @throws CliError 2 for another form, 3 for an unknown name */
export function parseScope(word: string, policy: Policy): ControlScope {
  if (word === "all") return { kind: "all" };
  const [, kind, name] = /^(app|rule|channel):(.+)$/s.exec(word) ?? [];
  if (kind === undefined || name === undefined) throw usageError(`--scope ${word}: expected ${forms}`);
  switch (kind) {
    case "app":
      return { kind: "app", app: name, appId: appIdOf(name, policy) };
    case "rule": {
      const names = new Set(policy.rules.map(({ rule }) => rule.name));
      if (!names.has(name)) throw notFound(`rule ${name} is not in the configuration: it has ${list(names)}`);
      return { kind: "rule", rule: name };
    }
    default:
      return { kind: "channel", ...parseChannel(name, policy) };
  }
}

/** A channel as people write it: APP/CHANNEL. @throws CliError 2 for another form, 3 for an unknown app */
export function parseChannel(
  word: string,
  policy: Policy,
): { readonly app: string; readonly appId: string; readonly channelName: string } {
  const slash = word.indexOf("/");
  if (slash < 1 || slash === word.length - 1) throw usageError(`channel ${word}: expected APP/CHANNEL`);
  const app = word.slice(0, slash);
  return { app, appId: appIdOf(app, policy), channelName: word.slice(slash + 1) };
}

function appIdOf(name: string, policy: Policy): string {
  const apps = [...policy.apps.values()];
  const app = apps.find((each) => each.name === name);
  if (app !== undefined) return app.appId;
  throw notFound(`app ${name} is not in the configuration: it has ${list(apps.map((each) => each.name))}`);
}

function list(names: Iterable<string>): string {
  return [...names].join(", ") || "none";
}

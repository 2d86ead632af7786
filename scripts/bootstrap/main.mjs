import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { guarded } from "./guarded.mjs";
import { nodeBinary, prepareWorkspace } from "./prepare-workspace.mjs";
import { missingRequirements } from "./requirements.mjs";
import { root } from "./root.mjs";
import { tasks } from "./tasks.mjs";

/** Runs one task with everything it needs in place; answers with the exit code. */
export async function main([name = "", ...args]) {
  const task = tasks[name];
  if (task === undefined) return refuse(`unknown task "${name}"; there are: ${Object.keys(tasks).join(", ")}`);
  if (!existsSync(join(root, task.entry))) {
    return refuse(`"${name}" is not part of this version yet: ${task.entry} does not exist.`);
  }
  // What is missing is said before anything is downloaded; for its help a task needs nothing but Node.
  const needs = args.includes("--help") ? [] : (task.needs ?? []);
  const missing = await missingRequirements(needs, process.env);
  if (missing !== undefined) return refuse(missing);

  const failure = await prepareWorkspace();
  if (failure !== undefined) return refuse(failure.reason, failure.code);
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/node/bin"), binFolder, process.env.PATH].join(delimiter),
  };
  const stdin = task.asks ? "inherit" : "ignore";
  return guarded(nodeBinary, [task.entry, ...(task.args ?? []), ...args], { env, stdin });
}

const binFolder = join(root, "node_modules/.bin");

function refuse(reason, code = 1) {
  console.error(reason);
  return code;
}

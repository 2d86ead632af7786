import { userInfo } from "node:os";
import { runMain } from "@autorec/service-kit";
import { askPerson } from "./ask-person.ts";
import { openDeployment } from "./open-deployment.ts";
import { runCli } from "./run-cli.ts";
import type { Terminal } from "./session.ts";

const terminal: Terminal = {
  out: (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  isInteractive: process.stdin.isTTY && process.stderr.isTTY,
  ask: (question) => askPerson(question, { input: process.stdin, output: process.stderr }),
  user: userOf(),
};

await runMain(async () => {
  process.exitCode = await runCli({
    args: process.argv.slice(2),
    terminal,
    open: () => openDeployment(process.env),
  });
});

/** A container's user may have no name. */
function userOf(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

// Leads the process group of one program: `node guard-main.mjs COMMAND ARGS…`. It ends the group when it is told to,
// and when the channel to its parent closes, which is how the parent's SIGKILL looks from here.
import { spawn } from "node:child_process";

const patienceMs = 15_000;
const [command, ...args] = process.argv.slice(2);

// Signals to the group are meant for the program; the guard stays to see it end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

const child = spawn(command, args, { stdio: "inherit" });
child.once("error", (err) => {
  console.error(`cannot start ${command}: ${err.message}`);
  leave(1);
});
child.once("exit", (code, signal) => leave(code ?? (signal === "SIGINT" ? 130 : 143)));
process.once("message", end);
process.once("disconnect", end);

function end() {
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), patienceMs).unref();
}

/** Reports the exit code, then ends what the program left behind, the guard included. */
function leave(code) {
  const killAll = () => signalGroup("SIGKILL");
  if (process.connected) process.send(code, killAll);
  else killAll();
}

function signalGroup(signal) {
  process.kill(-process.pid, signal);
}

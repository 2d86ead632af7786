// `npm test` and its parts. The last line is `N passed, N failed`: a gate, an end-to-end seed, a chaos mix and a test count one each.
import { availableParallelism } from "node:os";
import { gates } from "./gates.mjs";
import { runProgram } from "./run-program.mjs";
import { runVitest } from "./run-vitest.mjs";

const [part = "all", ...args] = process.argv.slice(2);
const tally = { passed: 0, failed: 0 };

const chaos = "test/chaos/run.ts";
const usages = {
  all: "npm test [-- WORDS]  everything; words are handed to vitest, such as parts of file names",
  gates: "npm run check  the gates alone; it takes no options",
  unit: "npm run test:unit [-- WORDS]  words are handed to vitest, such as parts of file names",
  integration: "npm run test:integration [-- WORDS]  words are handed to vitest, such as parts of file names",
  simulation: "npx vitest run --project simulation",
};
if (args.includes("--help")) {
  if (part === "chaos") await runProgram(["node", chaos, "--help"], { show: true });
  else console.log(usages[part]);
  process.exit(0);
}
if (part === "gates" && args.length > 0) {
  console.error(`${args[0]}: expected no options\n${usages.gates}`);
  process.exit(2);
}

if (part === "all" || part === "gates") await checkGates();
if (part === "unit" || part === "integration" || part === "simulation") add(await runVitest([part], args));
if (part === "all") {
  add(await runVitest(["unit", "integration"], args));
  // By itself: it keeps every core busy for minutes, and integration tests wait in real time.
  add(await runVitest(["simulation"], args));
  await checkOneSeed();
  await checkMix(["--minutes", "3", "--channels", "20"]);
}
// With options of its own only the mix is asked for.
if (part === "chaos" && args.length === 0) await checkEachFault();
if (part === "chaos") await checkMix(args);
if (tally.passed + tally.failed === 0) tally.failed = 1;
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;

async function checkGates() {
  const waiting = [...gates];
  const worker = async () => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const { code, output, seconds } = await runProgram(gate.command);
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${gate.name} (${seconds} s)`);
      if (code !== 0) console.log(`${output.trimEnd()}\n     run it alone: ${gate.command.join(" ")}`);
      add(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
    }
  };
  // Each gate is one busy process.
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
}

function checkOneSeed() {
  return checkRun("end to end, one seed", "test/e2e/run.ts", ["--seeds", "1"]);
}

/** Each fault by itself in steady operation, with what its page promises. */
async function checkEachFault() {
  console.log("chaos, one fault at a time");
  add(await runVitest(["chaos"], []));
}

/** All of them by a seed: in three minutes every kind of fault comes at least once. */
function checkMix(options) {
  return checkRun("chaos, mixed", chaos, options);
}

async function checkRun(name, entry, options) {
  console.log(name);
  const command = ["node", entry, ...options];
  const { code, seconds } = await runProgram(command, { show: true });
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  add(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}

function add({ passed, failed }) {
  tally.passed += passed;
  tally.failed += failed;
}

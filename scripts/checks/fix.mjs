// Repairs what a machine can: formatting and the lint rules that know their own fix.
import { runProgram } from "./run-program.mjs";

const usage = "npm run fix  formats and mends the whole tree; it takes no options";
const [option] = process.argv.slice(2);
if (option !== undefined) {
  const isHelp = option === "--help";
  (isHelp ? console.log : console.error)(isHelp ? usage : `${option}: expected no options\n${usage}`);
  process.exit(isHelp ? 0 : 2);
}

const steps = [
  ["eslint", ".", "--fix"],
  ["prettier", "--write", "--log-level", "warn", "."],
];
const codes = [];
for (const step of steps) codes.push((await runProgram(step, { show: true })).code);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

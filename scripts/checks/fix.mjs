// Repairs what a machine can: formatting and the lint rules that know their own fix.
import { runProgram } from "./run-program.mjs";

const steps = [
  ["eslint", ".", "--fix"],
  ["prettier", "--write", "--log-level", "warn", "."],
];
const codes = [];
for (const step of steps) codes.push((await runProgram(step, { show: true })).code);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

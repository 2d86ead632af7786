// A gate that was never seen red is not trusted: seeds one fault per gate into a copy of the workspace's skeleton, runs
// the very same commands there, and fails unless each fault is reported where it was put, and the skeleton alone is clean.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../bootstrap/root.mjs";
import { gates } from "./gates.mjs";
import { runProgram } from "./run-program.mjs";
import { seededFaults, skeleton } from "./seeded-faults.mjs";

const configs = [
  ...[".dependency-cruiser.mjs", ".prettierignore", ".prettierrc", "eslint.config.js", "knip.json"],
  ...["tsconfig.base.json", "tsconfig.json", "vitest.config.ts"],
];

mkdirSync(join(root, ".cache"), { recursive: true });
const copy = mkdtempSync(join(root, ".cache/gates-"));
try {
  process.exitCode = (await proveAll()) ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

async function proveAll() {
  for (const config of configs) cpSync(join(root, config), join(copy, config));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  write(skeleton);
  const clean = await runGates();
  const dirty = clean.filter(({ code }) => code !== 0);
  for (const { name, output } of dirty) console.log(`the ${name} gate is red without a fault:\n${output}`);

  for (const faults of Object.values(seededFaults))
    write(Object.fromEntries(faults.map((fault) => [fault.path, fault.text])));
  const missed = (await runGates()).flatMap(missedFaults);
  for (const line of missed) console.log(line);
  const count = Object.values(seededFaults).flat().length;
  console.log(`${count - missed.length} of ${count} seeded faults were reported`);
  return dirty.length === 0 && missed.length === 0;
}

/** The commands of `npm test`, each in the copy. */
async function runGates() {
  const proven = gates.filter(({ name }) => name in seededFaults);
  const answers = [];
  for (const { name, command } of proven) answers.push({ name, ...(await runProgram(command, { cwd: copy })) });
  return answers;
}

/** One line per fault of this gate that its output does not name, or that did not turn it red. */
function missedFaults({ name, code, output }) {
  const plain = output.replaceAll(new RegExp("\\u001b\\[[0-9;]*m", "g"), "");
  return seededFaults[name]
    .filter(
      ({ path, reported }) => code === 0 || !linesAbout(plain, path).some((line) => line.includes(reported ?? path)),
    )
    .map(({ path, reported }) => `the ${name} gate did not report ${reported ?? "the fault"} in ${path}`);
}

/** Lines that name the file, and those below its name until the next blank line, which is how eslint groups. */
function linesAbout(output, path) {
  return output
    .split(/\n\s*\n/)
    .filter((block) => block.includes(path))
    .flatMap((block) => {
      const [first = ""] = block.trim().split("\n");
      return first.trim().endsWith(path) ? block.split("\n") : block.split("\n").filter((line) => line.includes(path));
    });
}

function write(files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
}

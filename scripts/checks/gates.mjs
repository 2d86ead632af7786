const knip = ["knip", "--no-progress", "--no-config-hints"];

/** What a machine checks besides tests; scripts/checks/prove-gates.mjs sees each of them red. */
export const gates = [
  { name: "lint", command: ["eslint", ".", "--max-warnings", "0"] },
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  {
    name: "import directions",
    command: ["depcruise", "--config", ".dependency-cruiser.mjs", "packages", "services", "test"],
  },
  { name: "dead code", command: knip },
  // A front door may offer types that nobody has named yet, but no function that nobody calls.
  { name: "dead front doors", command: [...knip, "--include-entry-exports", "--exclude", "types"] },
  { name: "formatting", command: ["prettier", "--check", "--log-level", "warn", "."] },
  { name: "gates can fail", command: ["node", "scripts/checks/prove-gates.mjs"] },
];

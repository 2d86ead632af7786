// The smallest workspace that every gate calls clean, and the faults that must turn each gate red.

const manifest = (name, dependencies = {}) =>
  `${JSON.stringify({ name: `@autorec/${name}`, type: "module", dependencies }, null, 2)}\n`;

/** What the copied configurations import. */
const tools = Object.fromEntries(
  ["@types/node", "dependency-cruiser", "eslint", "typescript", "typescript-eslint", "vitest"].map((name) => [
    name,
    "*",
  ]),
);

/** Path → content. */
export const skeleton = {
  "package.json": `${JSON.stringify({ name: "autorec", type: "module", devDependencies: tools }, null, 2)}\n`,
  "pnpm-workspace.yaml": "packages:\n  - services/*\n  - packages/*\n  - test\n",
  "packages/events/package.json": manifest("events"),
  "packages/events/src/index.ts": `/** Used. */\nexport const used = "used";\n`,
  "packages/domain/package.json": manifest("domain"),
  "packages/domain/src/index.ts": `/** Used by another room. */\nexport const also = "used";\n`,
  "services/consumer/package.json": manifest("consumer"),
  "services/consumer/src/main.ts":
    `import { also } from "../../../packages/domain/src/index.ts";\n` +
    `import { used } from "../../../packages/events/src/index.ts";\n\n` +
    `process.stdout.write(used + also);\n`,
  "services/watchdog/package.json": manifest("watchdog"),
  "services/watchdog/src/main.ts": `process.stdout.write("watchdog");\n`,
  "test/package.json": manifest("test"),
  "test/support/devstack-setup.ts": `process.stdout.write("");\n`,
  "test/support/quiet-console-setup.ts": `process.stdout.write("");\n`,
};

const lint = (reported, text, path = `packages/domain/src/${reported.replaceAll(/\W+/g, "-")}.ts`) => ({
  path,
  text,
  reported,
});
const rule = (name, text, path = `packages/domain/src/restricted-${name}.ts`) => ({
  path,
  text,
  reported: "no-restricted-syntax",
});

/** Gate → faults: a file, and the word (the rule) by which the gate must report it; the path itself if there is none. */
export const seededFaults = {
  lint: [
    rule("enum", `export enum Colour {\n  red,\n}\n`),
    rule("namespace", `export namespace Room {\n  export const door = 1;\n}\n`),
    rule("parameter-property", `export class Person {\n  constructor(readonly name: string) {}\n}\n`),
    rule("null-type", `export type Maybe = string | null;\n`),
    rule("default-export", `export default 1;\n`),
    rule("export-all", `export * from "./index.ts";\n`),
    rule("clock", `export const atMs = Date.now();\n`),
    rule("new-date", `export const at = new Date();\n`),
    rule("chance", `export const roll = Math.random();\n`),
    rule("random-import", `import { randomUUID } from "node:crypto";\nexport const id = randomUUID();\n`),
    rule("environment", `export const home = process.env;\n`),
    rule(
      "log-message",
      `export const say = (log: { info: (text: string) => void }, id: string) => {\n  log.info(\`moved \${id}\`);\n};\n`,
    ),
    lint("no-explicit-any", `export const parse = (text: any) => String(text);\n`),
    lint("no-non-null-assertion", `export const first = (all: readonly string[]) => all[0]!;\n`),
    lint("consistent-type-assertions", `export const id = (value: unknown) => value as string;\n`),
    lint("no-floating-promises", `export const go = (work: () => Promise<void>) => {\n  work();\n};\n`),
    lint(
      "no-misused-promises",
      `export const each = (all: string[], save: (one: string) => Promise<void>) => {\n  all.forEach(save);\n};\n`,
    ),
    lint("no-unsafe-return", `export const parse = (text: string): { id: string } => JSON.parse(text);\n`),
    lint("restrict-template-expressions", `export const show = (value: { id: string }) => \`\${value}\`;\n`),
    lint(
      "switch-exhaustiveness-check",
      `export const pick = (kind: "one" | "two") => {\n  switch (kind) {\n    case "one":\n      return 1;\n  }\n  return 2;\n};\n`,
    ),
    lint("documented-export", `// Not a doc comment.\nexport const bare = 1;\n`, "packages/events/src/bare.ts"),
    lint(
      "boolean-parameter",
      `/** Moves. */\nexport function move(id: string, soon: boolean): string {\n  return soon ? id : "";\n}\n`,
      "packages/events/src/boolean-parameter.ts",
    ),
    lint(
      "boolean-parameter",
      `/** Moves. */\nexport function move(id: string, soon = false): string {\n  return soon ? id : "";\n}\n`,
      "packages/events/src/boolean-default.ts",
    ),
    lint("no-console", `console.log("from a test");\n`, "packages/domain/src/prints.test.ts"),
  ],
  types: [
    { path: "packages/domain/src/wrong-type.ts", text: `export const count: number = "one";\n`, reported: "TS2322" },
    {
      path: "packages/domain/src/forgotten-cell.ts",
      text:
        `type State = "READY" | "LIVE";\n/** A row that forgets a state. */\n` +
        `export const table: Record<"start.ok", Record<State, string>> = { "start.ok": { READY: "LIVE" } };\n`,
      reported: "TS2741",
    },
    {
      path: "packages/domain/src/unchecked-index.ts",
      text: `export const first = (all: readonly string[]): string => all[0];\n`,
      reported: "TS2322",
    },
    { path: "packages/domain/src/not-erasable.ts", text: `export enum Colour {\n  red,\n}\n`, reported: "TS1294" },
  ],
  "import directions": [
    direction("domain-imports", "packages/domain/src/upwards.ts", "../../recording-api/src/index.ts"),
    direction("domain-is-pure", "packages/domain/src/impure.ts", "node:fs"),
    direction("domain-is-pure", "packages/domain/src/library.ts", "typescript"),
    direction("events-imports", "packages/events/src/upwards.ts", "../../domain/src/index.ts"),
    direction("events-schemas-only", "packages/events/src/library.ts", "typescript"),
    direction("recording-api-imports", "packages/recording-api/src/index.ts", "../../domain/src/index.ts"),
    direction("session-store-imports", "packages/session-store/src/index.ts", "../../recording-api/src/index.ts"),
    direction("reconciler-imports", "packages/reconciler/src/index.ts", "../../simulator/src/index.ts"),
    direction("engine-imports", "packages/engine/src/index.ts", "../../simulator/src/index.ts"),
    direction("settings-imports", "packages/settings/src/index.ts", "../../session-store/src/index.ts"),
    direction("settings-imports", "packages/settings/src/whole-kit.ts", "../../service-kit/src/index.ts"),
    direction("words-stay-free", "packages/service-kit/src/words/index.ts", "typescript"),
    direction("service-kit-imports", "packages/service-kit/src/index.ts", "../../events/src/index.ts"),
    direction("simulator-imports", "packages/simulator/src/index.ts", "../../recording-api/src/index.ts"),
    direction("devstack-imports", "packages/devstack/src/index.ts", "../../events/src/index.ts"),
    direction("demo-imports", "packages/demo/src/index.ts", "../../reconciler/src/index.ts"),
    direction("services-imports", "services/watchdog/src/sideways.ts", "../../consumer/src/main.ts"),
    direction("services-imports", "services/watchdog/src/simulated.ts", "../../../packages/simulator/src/index.ts"),
    direction("nobody-imports-services", "packages/demo/src/inside.ts", "../../../services/consumer/src/main.ts"),
    direction("front-door-only", "services/consumer/src/backdoor.ts", "../../../packages/domain/src/impure.ts"),
    direction("front-door-only-for-tests", "test/support/backdoor.ts", "../../packages/domain/src/impure.ts"),
    { path: "packages/domain/src/testing/sample.ts", text: `export {};\n` },
    direction("testing-is-for-tests", "packages/domain/src/sampled.ts", "./testing/sample.ts"),
    direction("no-unknown-room", "packages/attic/src/index.ts", "./other.ts"),
    direction("resolvable", "packages/domain/src/missing.ts", "./nowhere.ts"),
    direction("no-cycles", "packages/domain/src/cycle-one.ts", "./cycle-two.ts"),
    // A cycle is reported once, with all its files.
    { path: "packages/domain/src/cycle-two.ts", text: `import "./cycle-one.ts";\n` },
  ],
  "dead code": [
    {
      path: "packages/domain/src/unused-file.ts",
      text: `export const nobody = "imports this file";\n`,
      reported: "unused-file.ts",
    },
    {
      path: "services/consumer/src/unused-export.ts",
      text: `export const wanted = 1;\nexport const unwantedExport = 2;\n`,
      reported: "unwantedExport",
    },
    {
      path: "services/consumer/src/main.ts",
      text:
        `import { also } from "../../../packages/domain/src/index.ts";\n` +
        `import { used } from "../../../packages/events/src/index.ts";\n` +
        `import { wanted } from "./unused-export.ts";\nimport "fastify";\n\n` +
        `process.stdout.write(used + also + wanted);\n`,
      reported: "fastify",
    },
    { path: "services/watchdog/package.json", text: manifest("watchdog", { undici: "catalog:" }), reported: "undici" },
  ],
  "dead front doors": [
    {
      path: "packages/events/src/index.ts",
      text: `/** Used. */\nexport const used = "used";\n/** Not used. */\nexport const neverCalled = 1;\n`,
      reported: "neverCalled",
    },
  ],
  formatting: [{ path: "packages/domain/src/badly-formatted.ts", text: `export const   badly = { formatted :1}\n` }],
};

/** A file that imports what it must not. */
function direction(ruleName, path, imported) {
  return { path, text: `import "${imported}";\n`, reported: ruleName };
}

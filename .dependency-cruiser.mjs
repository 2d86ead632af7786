// Import directions: who may import whom. The lists are allow-lists; every other edge is an error.

/** Which rooms (workspace packages) each room may import, itself always included. */
const rooms = {
  "packages/events": [],
  "packages/domain": ["packages/events"],
  "packages/recording-api": ["packages/events", "packages/service-kit/src/words"],
  "packages/session-store": ["packages/domain", "packages/events"],
  "packages/settings": ["packages/domain", "packages/recording-api/src/wire", "packages/service-kit/src/words"],
  "packages/reconciler": ["packages/session-store", "packages/recording-api", "packages/domain", "packages/events"],
  "packages/service-kit": [],
  "packages/engine": [
    "packages/reconciler",
    "packages/session-store",
    "packages/recording-api",
    "packages/settings",
    "packages/domain",
    "packages/events",
    "packages/service-kit",
  ],
  "packages/cli": ["packages/session-store", "packages/settings", "packages/domain", "packages/service-kit"],
  "packages/simulator": ["packages/recording-api/src/wire"],
  "packages/devstack": [],
  "packages/demo": [
    "packages/devstack",
    "packages/simulator",
    "packages/recording-api",
    "packages/session-store",
    "packages/domain",
    "packages/settings",
  ],
};

/** What a service may import: every production room, never another service. */
const production = [
  "packages/engine",
  "packages/reconciler",
  "packages/session-store",
  "packages/recording-api",
  "packages/settings",
  "packages/domain",
  "packages/events",
  "packages/service-kit",
];

/** npm packages that a test beside the code may use, whatever its room may use. */
const testLibraries = "node_modules/(vitest|fast-check)/";

const anyRoom = "^(packages|services|test)/";

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room.split("/")[1]}-imports`,
  comment: `${room} may import only: ${allowed.join(", ") || "no workspace package"}`,
  severity: "error",
  from: { path: `^${room}/` },
  to: { path: anyRoom, pathNot: `^(${[room, ...allowed].join("|")})/` },
}));

export default {
  forbidden: [
    ...roomRules,
    {
      name: "services-imports",
      comment: "A service imports production packages and itself, never another service, the simulator or the demo.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: anyRoom, pathNot: `^(services/$1|${production.join("|")})/` },
    },
    {
      name: "no-unknown-room",
      comment: "A new package states here what it may import.",
      severity: "error",
      from: { path: "^packages/", pathNot: `^(${Object.keys(rooms).join("|")})/` },
      to: {},
    },
    {
      name: "nobody-imports-services",
      comment: "A service is a process; only tests may look inside.",
      severity: "error",
      from: { pathNot: "^(services|test)/" },
      to: { path: "^services/" },
    },
    {
      name: "domain-is-pure",
      comment: "domain imports neither npm packages nor node: modules; the caller passes what it needs.",
      severity: "error",
      // Its page of the rules is read by the test that compares both.
      from: { path: "^packages/domain/", pathNot: "^packages/domain/src/spec\\.test\\.ts$" },
      to: { dependencyTypesNot: ["local", "undetermined"], pathNot: `^packages/(domain|events)/|${testLibraries}` },
    },
    {
      name: "events-schemas-only",
      comment: "The front door of events is free of npm: zod is used below events/src/schema only.",
      severity: "error",
      from: { path: "^packages/events/src/", pathNot: "^packages/events/src/schema/|\\.test\\.ts$" },
      to: { dependencyTypesNot: ["local", "undetermined"], pathNot: "^packages/events/" },
    },
    {
      name: "events-front-door-stays-free",
      comment: "The front door of events does not reach the zod schemas.",
      severity: "error",
      from: { path: "^packages/events/src/", pathNot: "^packages/events/src/schema/|\\.test\\.ts$" },
      to: { path: "^packages/events/src/schema/" },
    },
    {
      name: "words-stay-free",
      comment:
        "service-kit/words is for rooms that want no Kafka client and no logger: it reaches no npm and no other file.",
      severity: "error",
      from: { path: "^packages/service-kit/src/words/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^packages/service-kit/src/words/" },
    },
    {
      name: "front-door-only",
      comment: "Another package is entered by its front door (its `exports`).",
      severity: "error",
      from: { path: "^(packages|services)/([^/]+)/" },
      to: {
        path: "^packages/[^/]+/",
        pathNot: "^$1/$2/|^packages/[^/]+/src/((schema|wire|judge|words)/)?index\\.ts$",
      },
    },
    {
      name: "front-door-only-for-tests",
      severity: "error",
      comment: "Tests in test/ use the front doors too.",
      from: { path: "^test/" },
      to: { path: "^packages/", pathNot: "^packages/[^/]+/src/((schema|wire|judge|words)/)?index\\.ts$" },
    },
    {
      name: "testing-is-for-tests",
      comment: "src/testing holds what tests beside the code share; only tests and fuzz programs import it.",
      severity: "error",
      from: { path: "^(packages|services)/", pathNot: "/src/(testing|fuzz)/|\\.test\\.ts$" },
      to: { path: "/src/testing/" },
    },
    {
      name: "no-cycles",
      comment: "A cycle has no first thing to read.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "An import that does not resolve is a missing dependency.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment: "What a package imports stands in its own package.json.",
      severity: "error",
      from: { path: "^(packages|services|test)/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["unknown", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/node_modules/\\.cache/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};

import tseslint from "typescript-eslint";

// The rules that a machine checks. Each has been seen red: scripts/prove-gates.mjs seeds one fault per gate.

/** Constructs that type stripping cannot run, or that hide where a name comes from. */
const structure = [
  { selector: "TSEnumDeclaration", message: "No enum: use a string-literal union or an `as const` object." },
  { selector: "TSModuleDeclaration[kind='namespace']", message: "No namespace: a file is a module." },
  { selector: "TSParameterProperty", message: "No parameter property: declare the field and assign it." },
  { selector: "TSNullKeyword", message: "No null in our types: absent is `undefined`; map null at the edge." },
  { selector: "ExportDefaultDeclaration", message: "No default export: a name is found by searching for it." },
  { selector: "ExportAllDeclaration", message: "No `export *`: the front door lists its names." },
  {
    selector:
      "CallExpression[callee.property.name=/^(trace|debug|info|warn|error|fatal)$/]" +
      ":matches([callee.object.name=/log(ger)?$/i], [callee.object.property.name=/log(ger)?$/i])" +
      " > TemplateLiteral[expressions.length>0]",
    message: "A log message is a constant phrase; values are fields.",
  },
];

/** Time, chance and environment come in as arguments, so that a simulation can replay every decision. */
const ambient = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: "Take the time as an argument." },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "Take the time as an argument." },
  { selector: "CallExpression[callee.name='Date']", message: "Take the time as an argument." },
  {
    selector: "MemberExpression[object.name='performance'][property.name='now']",
    message: "Take a clock as an argument.",
  },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: "Take chance as an argument." },
  {
    selector: "MemberExpression[object.name='crypto'][property.name=/^(randomUUID|getRandomValues)$/]",
    message: "Take chance as an argument.",
  },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?crypto$/] > ImportSpecifier[imported.name=/^random/]",
    message: "Take chance as an argument.",
  },
  { selector: "MemberExpression[object.name='process'][property.name='env']", message: "Take settings as arguments." },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name='env']",
    message: "Take settings as arguments.",
  },
];

/** Every export says what it guarantees, above its own declaration; a front door that passes a name on need not repeat it. */
const documentedExport = {
  meta: { type: "suggestion", schema: [], messages: { missing: "An export needs a doc comment: what it guarantees." } },
  create: (context) => ({
    ExportNamedDeclaration: (node) => {
      const comment = context.sourceCode.getCommentsBefore(node).at(-1);
      const documented = comment?.type === "Block" && comment.value.startsWith("*");
      if (node.declaration && !documented) context.report({ node, messageId: "missing" });
    },
  }),
};

/** A bare true or false at a call says nothing to its reader. */
const booleanParameter = {
  meta: {
    type: "suggestion",
    schema: [],
    messages: { found: "No boolean parameter: two functions, or an option with a name." },
  },
  create: (context) => ({
    [":matches(FunctionDeclaration, MethodDefinition > FunctionExpression) > .params:matches(" +
    "[typeAnnotation.typeAnnotation.type='TSBooleanKeyword'], " +
    "[left.typeAnnotation.typeAnnotation.type='TSBooleanKeyword'], [right.value=true], [right.value=false])"]: (node) =>
      context.report({ node, messageId: "found" }),
  }),
};

/** Rooms in which every export is documented and no parameter is a boolean; a room joins when it is clean. */
const tidyRooms = ["domain", "events", "reconciler", "service-kit", "session-store", "settings"].map(
  (room) => `packages/${room}`,
);

/** Composition roots, and rooms that never run in production, may read the clock and the environment. */
const mayBeAmbient = [
  "packages/service-kit/**",
  "packages/simulator/**",
  "packages/devstack/**",
  "packages/demo/**",
  "services/*/src/main.ts",
  "packages/cli/src/main.ts",
  "test/**",
  "scripts/**",
  "examples/**",
  "**/*.test.ts",
  "vitest.config.ts",
];

export default tseslint.config(
  { ignores: ["**/node_modules/", ".cache/", "coverage/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-syntax": ["error", ...structure, ...ambient],
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // An async function without await still turns a throw into a rejection, which is what an interface may ask for.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
    },
  },
  { files: mayBeAmbient, rules: { "no-restricted-syntax": ["error", ...structure] } },
  {
    files: tidyRooms.map((room) => `${room}/src/**/*.ts`),
    ignores: ["**/*.test.ts"],
    plugins: {
      autorec: { rules: { "documented-export": documentedExport, "boolean-parameter": booleanParameter } },
    },
    rules: { "autorec/documented-export": "error", "autorec/boolean-parameter": "error" },
  },
  // Tools that look for a default export get one.
  {
    files: ["eslint.config.js", "vitest.config.ts", ".dependency-cruiser.mjs", "test/support/*-setup.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...structure.filter((rule) => rule.selector !== "ExportDefaultDeclaration")],
    },
  },
  // The bootstrap runs on Node 20 before any dependency exists: plain JavaScript, and it speaks on the terminal.
  { files: ["**/*.{js,mjs}"], ...tseslint.configs.disableTypeChecked },
  { files: ["scripts/**", "examples/**"], rules: { "no-console": "off" } },
);

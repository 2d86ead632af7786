import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  adminTable,
  fastSimulatorDurations,
  faultPresets,
  parseSimulatorSettings,
  realSimulatorDurations,
  sampleSettings,
  simulatorDurationsSchema,
  simulatorSwitchesSchema,
  startSimulator,
} from "@autorec/simulator";
import { expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pagePath = `${root}docs/simulator.md`;

test("the tables of docs/simulator.md are what the code says", async () => {
  const page = readFileSync(pagePath, "utf8");
  await expect(Object.entries(tables()).reduce(withTable, page)).toMatchFileSnapshot(pagePath);
});

test("every curl line of docs/simulator.md works against a simulator without settings", async () => {
  const page = readFileSync(pagePath, "utf8");
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block = ""]) => block)
    .filter((block) => block.includes("curl") && !block.includes("openssl"));
  expect(blocks.length).toBeGreaterThan(4);
  // Agora's durations: media begins 5 s after a start, so that however slow this machine is the stop comes before it.
  await using simulator = await startSimulator({ settings: sampleSettings("real") });
  const answers: string[] = [];
  for (const block of blocks) {
    const script = block.replaceAll("http://127.0.0.1:8787", simulator.baseUrl).replaceAll(/^npm run .*$/gm, "");
    const { stdout } = await promisify(execFile)("sh", ["-ec", script], { cwd: root });
    answers.push(stdout);
  }
  const answered = answers.join("\n");
  for (const word of [`"status":`, `"code":435`, `"faultId":"fault-2"`, `"scenarioId"`, `"retryAfterHeader":true`]) {
    expect(answered).toContain(word);
  }
  expect(answered).not.toContain(`"error"`);
});

test("every settings file of docs/simulator.md is accepted", () => {
  const page = readFileSync(pagePath, "utf8");
  const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(1);
  expect(blocks.map((block) => parseSimulatorSettings(JSON.parse(block)).accounts)).not.toContainEqual([]);
});

/** What stands between the marks of a table, and the rest as it is. */
function withTable(page: string, [name, rows]: readonly [string, readonly string[]]): string {
  const marks = new RegExp(`<!-- ${name} -->\n.*?<!-- /${name} -->`, "s");
  expect(page).toMatch(marks);
  return page.replace(marks, () => `<!-- ${name} -->\n${rows.join("\n")}\n<!-- /${name} -->`);
}

function tables(): Readonly<Record<string, readonly string[]>> {
  return {
    faults: [
      "| preset | what it does |",
      "|---|---|",
      ...Object.entries(faultPresets)
        .map(([name, { does }]) => `| \`${name}\` | ${does} |`)
        .sort(),
    ],
    routes: [
      "| call | what it does |",
      "|---|---|",
      ...adminTable.map(({ method, path, does }) => `| \`${method} ${path}\` | ${does} |`),
    ],
    switches: [
      "| switch | values, the default first | meaning |",
      "|---|---|---|",
      ...propertiesOf(simulatorSwitchesSchema).map(
        ([name, property]) =>
          `| \`${name}\` | ${valuesOf(property)
            .map((value) => `\`${value}\``)
            .join(" ")} | ${property.description ?? ""} |`,
      ),
    ],
    durations: [
      "| duration | real | fast | meaning |",
      "|---|---|---|---|",
      ...propertiesOf(simulatorDurationsSchema).map(
        ([name, { description = "" }]) =>
          `| \`${name}\` | ${figures(realSimulatorDurations, name)} | ${figures(fastSimulatorDurations, name)} | ${description} |`,
      ),
    ],
  };
}

const propertySchema = z.object({
  description: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  enum: z.array(z.string()).optional(),
  type: z.string().optional(),
  anyOf: z.array(z.object({ const: z.union([z.string(), z.number()]).optional() })).optional(),
});
type Property = z.infer<typeof propertySchema>;

function propertiesOf(schema: z.ZodType): readonly (readonly [string, Property])[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => [name, propertySchema.parse(property)] as const);
}

function valuesOf({ default: usual, enum: words, type, anyOf = [] }: Property): readonly string[] {
  const all = words ?? (type === "boolean" ? ["false", "true"] : anyOf.map(({ const: value }) => String(value)));
  return [String(usual), ...all.filter((value) => value !== String(usual))];
}

function figures(durations: object, name: string): string {
  const value: unknown = Object.entries(durations).find(([key]) => key === name)?.[1];
  return JSON.stringify(value)
    .replaceAll(/["{}[\]]/g, "")
    .replaceAll(",", ", ")
    .replaceAll(":", " ");
}

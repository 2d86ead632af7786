import { z } from "zod";
import { variablesOf } from "./parse-env.ts";

/** One section of the environment under a heading of its own. */
export interface EnvExampleGroup {
  readonly title: string;
  readonly section: z.core.$ZodType;
}

/** The text of `.env.example`: every variable with its meaning and default; only those that must be set are not commented out. */
export function renderEnvExample(groups: readonly EnvExampleGroup[]): string {
  const head = "# Generated from the schemas; a test fails if it differs. Copy to .env and change what you need.\n";
  return `${head}\n${groups.map(renderGroup).join("\n")}`;
}

function renderGroup({ title, section }: EnvExampleGroup): string {
  const lines = [...variablesOf({ section })].flatMap(([name, schema]) => {
    const meta = z.globalRegistry.get(schema);
    const word = (key: string): string | undefined => {
      const value: unknown = meta?.[key];
      return typeof value === "string" ? value : undefined;
    };
    const fallback = word("fallback");
    const mandatory = fallback === undefined && !z.safeParse(schema, undefined).success;
    const value = fallback ?? word("example") ?? "";
    return [
      `# ${word("description") ?? ""} (${word("expects") ?? "a text"})`,
      `${mandatory ? "" : "#"}${name}=${value}`,
    ];
  });
  return `## ${title}\n${lines.join("\n")}\n`;
}

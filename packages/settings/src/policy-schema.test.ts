import { expect, test } from "vitest";
import { policyJsonSchema } from "./policy-schema.ts";

test("autorec.schema.json is what the zod schema generates (vitest -u writes it)", async () => {
  await expect(`${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot("../autorec.schema.json");
});

import { acquireRequestSchema } from "@autorec/recording-api/wire";
import { z } from "zod";
import type { SimulatorSwitches } from "../../settings/switches.ts";
import type { ParsedBody } from "./parsed-body.ts";
import { refusedBody, refusedField } from "./parsed-body.ts";

const acquireBodySchema = z.looseObject({
  // Checked by the call itself: a bad name has a code of its own.
  cname: z.string(),
  uid: z.string(),
  clientRequest: acquireRequestSchema.shape.clientRequest,
});

export interface AcquireBody {
  readonly cname: string;
  readonly uid: string;
  readonly scene: 0 | 1 | 2;
  readonly expiredHours: number;
  readonly startParameter: unknown;
}

/** @see R 2.1 */
export function parseAcquireBody(
  json: unknown,
  switches: Pick<SimulatorSwitches, "sceneTwo">,
): ParsedBody<AcquireBody> {
  const parsed = acquireBodySchema.safeParse(json);
  if (!parsed.success) return refusedBody("Acquire", parsed.error);
  const { cname, uid, clientRequest } = parsed.data;
  const { scene = 0, resourceExpiredHour = 72, startParameter } = clientRequest;
  if (scene === 2 && switches.sceneTwo === "refused") return refusedField("Acquire", "scene");
  return { ok: true, body: { cname, uid, scene, expiredHours: resourceExpiredHour, startParameter } };
}

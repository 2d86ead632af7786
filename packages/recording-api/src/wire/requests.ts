import { z } from "zod";
import { channelNameSchema, integerFrom, oneOf, textOf, uidTextSchema } from "./scalars.ts";
import { startClientRequestWireSchemas } from "./start-client-request.ts";

/** Hours in which query and stop accept a session. @see R 2.1 */
export const resourceExpiredHourSchema = integerFrom(1, 720);

const idShape = { cname: channelNameSchema, uid: uidTextSchema };

/** Body of acquire as Agora reads it: unknown keys pass, `startParameter` is not looked at. @see R 2.1 */
export const acquireRequestSchema = z.looseObject({
  ...idShape,
  clientRequest: z.looseObject({
    scene: oneOf([0, 1, 2]).optional(),
    resourceExpiredHour: resourceExpiredHourSchema.optional(),
    region: oneOf(["CN", "AP", "EU", "NA"]).optional(),
    regionAffinity: oneOf([0, 1, 2, 3, 4]).optional(),
    excludeResourceIds: z.array(textOf("a resourceId"), { error: "a list of resourceIds" }).optional(),
    startParameter: z.unknown().optional(),
  }),
});

/** Body of start by mode as Agora reads it: unknown keys pass. @see R 3 */
export const startRequestSchemas = {
  individual: z.looseObject({ ...idShape, clientRequest: startClientRequestWireSchemas.individual }),
  mix: z.looseObject({ ...idShape, clientRequest: startClientRequestWireSchemas.mix }),
} as const;

/** Body of stop as Agora reads it: unknown keys pass. @see R 6 */
export const stopRequestSchema = z.looseObject({
  ...idShape,
  clientRequest: z.looseObject({ async_stop: z.boolean({ error: "true or false" }).optional() }),
});

import { z } from "zod";
import { acquireClientRequestWireSchema } from "./acquire-client-request.ts";
import { channelNameSchema, flag, pageLabelWireSchema, uidTextSchema } from "./scalars.ts";
import { startClientRequestWireSchemas } from "./start-client-request.ts";
import { updateClientRequestWireSchemas, updateLayoutClientRequestWireSchema } from "./update-client-request.ts";

const channelShape = { cname: channelNameSchema, uid: uidTextSchema };
/** In mode web `cname` is a label; calls without a mode in their body take both. */
const pageShape = { cname: pageLabelWireSchema, uid: uidTextSchema };

/** Body of acquire as Agora reads it: unknown keys pass, `startParameter` is not looked at. @see R 2.1 */
export const acquireRequestSchema = z
  .looseObject({ ...pageShape, clientRequest: acquireClientRequestWireSchema })
  .superRefine(({ clientRequest, cname }, context) => {
    if (clientRequest.scene === 1) return;
    const { error } = channelNameSchema.safeParse(cname);
    if (error !== undefined) context.addIssue({ code: "custom", path: ["cname"], message: error.issues[0]?.message });
  });

/** Body of start by mode as Agora reads it: unknown keys pass. @see R 3 */
export const startRequestSchemas = {
  individual: z.looseObject({ ...channelShape, clientRequest: startClientRequestWireSchemas.individual }),
  mix: z.looseObject({ ...channelShape, clientRequest: startClientRequestWireSchemas.mix }),
  web: z.looseObject({ ...pageShape, clientRequest: startClientRequestWireSchemas.web }),
} as const;

/** Body of update by mode as Agora reads it: unknown keys pass. @see R 5.1 */
export const updateRequestSchemas = {
  individual: z.looseObject({ ...channelShape, clientRequest: updateClientRequestWireSchemas.individual }),
  mix: z.looseObject({ ...channelShape, clientRequest: updateClientRequestWireSchemas.mix }),
  web: z.looseObject({ ...pageShape, clientRequest: updateClientRequestWireSchemas.web }),
} as const;

/** Body of updateLayout as Agora reads it: unknown keys pass; mode mix alone has a layout. @see R 5.2 */
export const updateLayoutRequestSchema = z.looseObject({
  ...channelShape,
  clientRequest: updateLayoutClientRequestWireSchema,
});

/** Body of stop as Agora reads it: unknown keys pass. @see R 6 */
export const stopRequestSchema = z.looseObject({
  ...pageShape,
  clientRequest: z.looseObject({ async_stop: flag().optional() }),
});

import { z } from "zod";

const textSchema = z.string().min(1).optional().catch(undefined);

/** Old servers and gateways write numbers as text now and then. */
const integerSchema = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

/**
 * Any JSON object that Agora or a gateway before it may answer, in today's and the older shapes: nothing in it is
 * required, a field of the wrong type counts as absent, an empty id counts as absent, unknown fields pass. @see R 7.1
 */
export const answerBodySchema = z.looseObject({
  code: integerSchema,
  reason: textSchema,
  message: textSchema,
  resourceId: textSchema,
  sid: textSchema,
  serverResponse: z
    .looseObject({
      status: integerSchema,
      payload: z.looseObject({ message: textSchema }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

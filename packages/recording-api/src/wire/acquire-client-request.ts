import { z } from "zod";
import type { RecordingMode } from "./recording-mode.ts";
import { integerFrom, oneOf, textOf } from "./scalars.ts";
import type { Immutable, StartClientRequest } from "./start-client-request.ts";
import { startClientRequestSchemas } from "./start-client-request.ts";
import { areaOfRegion } from "./storage-vendors.ts";

/** Hours in which query, update and stop accept a session. @see R 2.1 */
const resourceExpiredHourSchema = integerFrom(1, 720);
/** Agora's own choice when none is made. @see R 2.1 */
const resourceExpiredHourDefault = 72;

const commonShape = {
  resourceExpiredHour: resourceExpiredHourSchema
    .optional()
    .describe("Hours from the sid on in which query, update and stop work, 1 to 720. Default 72. All modes."),
  region: oneOf(["CN", "AP", "EU", "NA"])
    .optional()
    .describe("Fence: servers elsewhere are never used; the storage must lie there too. Default: none. All modes."),
  regionAffinity: oneOf([0, 1, 2, 3, 4])
    .optional()
    .describe(
      "Wish, no fence: 0 nearest to the request, 1 China, 2 South-East Asia, 3 Europe, 4 North America. Default 0. All modes.",
    ),
  excludeResourceIds: z
    .array(textOf("a resourceId"), { error: "a list of resourceIds" })
    .optional()
    .describe("Resources of sibling recordings: this one gets another area. All modes."),
};

const channelScene = oneOf([0])
  .optional()
  .describe("0 real-time audio and video, 1 web page. Default 0; 1 in mode web and only there.");
const startDoc =
  "The later start's clientRequest, word for word; Agora spreads its load better when it knows. All modes.";

/** `clientRequest` of acquire by mode as we send it: unknown keys are errors. @see R 2.1 */
export const acquireClientRequestSchemas = {
  individual: z
    .strictObject({
      scene: channelScene,
      ...commonShape,
      startParameter: startClientRequestSchemas.individual.optional().describe(startDoc),
    })
    .superRefine(checkArea),
  mix: z
    .strictObject({
      scene: channelScene,
      ...commonShape,
      startParameter: startClientRequestSchemas.mix.optional().describe(startDoc),
    })
    .superRefine(checkArea),
  web: z
    .strictObject({
      scene: oneOf([1]).describe("1 web page. Mode web."),
      ...commonShape,
      startParameter: startClientRequestSchemas.web.optional().describe(startDoc),
    })
    .superRefine(checkArea)
    .superRefine(checkHours),
} as const satisfies Record<RecordingMode, z.ZodType>;

/** What acquire is told beside channel and uid: `scene` 1 in mode web, else 0. */
export type AcquireClientRequest = Immutable<
  Omit<z.infer<(typeof acquireClientRequestSchemas)["mix"]>, "scene" | "startParameter">
> & { readonly scene: 0 | 1; readonly startParameter?: StartClientRequest | undefined };

/** `clientRequest` of acquire as Agora reads it: unknown keys pass, `startParameter` is not looked at. @see R 2.1 */
export const acquireClientRequestWireSchema = z.looseObject({
  scene: oneOf([0, 1, 2]).optional(),
  ...commonShape,
  startParameter: z.unknown().optional(),
});

interface CheckedAcquire {
  readonly region?: string | undefined;
  readonly startParameter?:
    { readonly storageConfig: { readonly vendor: number; readonly region: number } } | undefined;
}

/** A bucket outside the fence would never be written to. @see R 2.1 */
function checkArea({ region, startParameter }: CheckedAcquire, context: z.RefinementCtx): void {
  if (region === undefined || startParameter === undefined) return;
  const { storageConfig } = startParameter;
  const area = areaOfRegion(storageConfig.vendor, storageConfig.region);
  if (area === undefined || area === region) return;
  context.addIssue({ code: "custom", path: ["region"], message: `${area}, where the storage lies` });
}

/** A page that is recorded longer than its resource lives could not be stopped any more. @see R 2.1, R 3.10 */
function checkHours(
  request: {
    readonly resourceExpiredHour?: number | undefined;
    readonly startParameter?: Immutable<z.infer<typeof startClientRequestSchemas.web>> | undefined;
  },
  context: z.RefinementCtx,
): void {
  const hours = request.resourceExpiredHour ?? resourceExpiredHourDefault;
  for (const service of request.startParameter?.extensionServiceConfig.extensionServices ?? []) {
    if (service.serviceName !== "web_recorder_service" || service.serviceParam.maxRecordingHour <= hours) continue;
    context.addIssue({
      code: "custom",
      path: ["resourceExpiredHour"],
      message: `at least ${service.serviceParam.maxRecordingHour}, the page's maxRecordingHour`,
    });
  }
}

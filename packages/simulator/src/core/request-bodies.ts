import { z } from "zod";

/**
 * The bodies as Agora would read them: unknown keys pass, a wrong type, range or combination is code 2.
 * On purpose not the client's schemas: a slip there would be accepted here as well.
 */
const uidList = z.array(z.string().regex(/^(\d{1,10}|#allstream#)$/, "uid inside the List can't be convert to uint32_t")).min(1).max(32);

const recordingConfigSchema = z
  .looseObject({
    channelType: z.literal([0, 1]).default(0),
    maxIdleTime: z.int().min(5).max(2_592_000).default(30),
    streamTypes: z.literal([0, 1, 2]).default(2),
    decryptionMode: z.int().min(0).max(8).default(0),
    secret: z.string().optional(),
    streamMode: z.enum(["default", "standard", "original"]).optional(),
    audioProfile: z.literal([0, 1, 2]).optional(),
    transcodingConfig: z
      .looseObject({
        width: z.int().min(1).max(1_920).default(360),
        height: z.int().min(1).max(1_920).default(640),
        bitrate: z.int().min(1).max(6_500).optional(),
      })
      .refine(({ width, height }) => width * height <= 1_920 * 1_080, { error: "width * height too large" })
      .optional(),
    subscribeAudioUids: uidList.optional(),
    unSubscribeAudioUids: uidList.optional(),
    subscribeVideoUids: uidList.optional(),
    unSubscribeVideoUids: uidList.optional(),
    subscribeUidGroup: z.int().min(0).max(5).optional(),
  })
  .superRefine((config, context) => {
    const audio = [config.subscribeAudioUids, config.unSubscribeAudioUids].filter((list) => list !== undefined);
    const video = [config.subscribeVideoUids, config.unSubscribeVideoUids].filter((list) => list !== undefined);
    const problems = [
      audio.length > 1 && "subscribeAudioUids and unSubscribeAudioUids exclude each other",
      video.length > 1 && "subscribeVideoUids and unSubscribeVideoUids exclude each other",
      config.streamTypes === 0 && video.length > 0 && "streamTypes 0 has no video list",
      config.streamTypes === 1 && audio.length > 0 && "streamTypes 1 has no audio list",
      config.decryptionMode !== 0 && config.secret === undefined && "decryptionMode needs secret",
    ];
    for (const message of problems) if (message !== false) context.addIssue({ code: "custom", message });
  });

const storageConfigSchema = z.looseObject({
  vendor: z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 11]),
  region: z.int().min(0),
  bucket: z.string().min(1),
  accessKey: z.string().min(1),
  secretKey: z.string().min(1),
  fileNamePrefix: z
    .array(z.string().regex(/^[a-zA-Z0-9]+$/, "fileNamePrefix allows a-z A-Z 0-9"))
    .refine((parts) => parts.join("/").length <= 128, { error: "fileNamePrefix longer than 128" })
    .optional(),
});

const startRequestSchema = z.looseObject({
  token: z.string().optional(),
  storageConfig: storageConfigSchema,
  recordingConfig: recordingConfigSchema.prefault({}),
  recordingFileConfig: z
    .looseObject({ avFileType: z.array(z.enum(["hls", "mp4"])).min(1) })
    .refine(({ avFileType }) => avFileType.includes("hls"), { error: "avFileType needs hls" })
    .optional(),
  snapshotConfig: z.looseObject({ fileType: z.tuple([z.literal("jpg")]) }).optional(),
});

const ids = { cname: z.string(), uid: z.string() };

const acquireBodySchema = z.looseObject({
  ...ids,
  clientRequest: z.looseObject({
    scene: z.literal([0, 1, 2]).optional(),
    resourceExpiredHour: z
      .int("Acquire: invalid resourceExpiredHour value!")
      .min(1, "Acquire: invalid resourceExpiredHour value!")
      .max(720, "Acquire: invalid resourceExpiredHour value!")
      .default(72),
    startParameter: z.unknown(),
  }),
});
const startBodySchema = z.looseObject({ ...ids, clientRequest: startRequestSchema });
const stopBodySchema = z.looseObject({ ...ids, clientRequest: z.looseObject({ async_stop: z.boolean().default(false) }) });
const updateBodySchema = z.looseObject({ ...ids, clientRequest: z.looseObject({}) });

export type AcquireBody = z.infer<typeof acquireBodySchema>;
export type StartBody = z.infer<typeof startBodySchema>;
export type StopBody = z.infer<typeof stopBodySchema>;
export type UpdateBody = z.infer<typeof updateBodySchema>;

/** `reason`: Agora's words to a body that it refuses with code 2; names the place, never the value. */
export type ParsedBody<Body> = { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly reason: string };

export function parseAcquireBody(json: unknown): ParsedBody<AcquireBody> {
  return parse(acquireBodySchema, json);
}

/** @param mode changes which keys are allowed: transcoding belongs to mix, snapshots to individual. */
export function parseStartBody(
  json: unknown,
  options: { readonly mode: "individual" | "mix"; readonly requireUidGroup: boolean },
): ParsedBody<StartBody> {
  const parsed = parse(startBodySchema, json);
  if (!parsed.ok) return parsed;
  const { recordingConfig, recordingFileConfig, snapshotConfig } = parsed.body.clientRequest;
  const individual = options.mode === "individual";
  const problems = [
    individual && recordingConfig.transcodingConfig !== undefined && "transcodingConfig is not allowed in individual mode",
    individual && recordingConfig.audioProfile !== undefined && "audioProfile is not allowed in individual mode",
    individual && recordingFileConfig?.avFileType.includes("mp4") === true && "mp4 is not allowed in individual mode",
    individual &&
      options.requireUidGroup &&
      recordingConfig.subscribeUidGroup === undefined &&
      "subscribeUidGroup is required in individual mode",
    !individual && snapshotConfig !== undefined && "snapshotConfig is not allowed in mix mode",
    !individual && recordingConfig.streamMode !== undefined && "streamMode is not allowed in mix mode",
  ];
  const problem = problems.find((entry) => typeof entry === "string");
  return problem === undefined ? parsed : { ok: false, reason: problem };
}

export function parseStopBody(json: unknown): ParsedBody<StopBody> {
  return parse(stopBodySchema, json);
}

export function parseUpdateBody(json: unknown): ParsedBody<UpdateBody> {
  return parse(updateBodySchema, json);
}

function parse<Schema extends z.ZodType>(schema: Schema, json: unknown): ParsedBody<z.output<Schema>> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, body: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, reason: `${issue?.message ?? "invalid"} at ${issue?.path.map(String).join(".") ?? "body"}` };
}

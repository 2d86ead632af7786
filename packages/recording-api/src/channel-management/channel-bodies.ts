import { z } from "zod";

// Tolerant readers of the channel management API: what is not needed may be anything. @see E 4.2

const uidsSchema = z.array(z.int().nonnegative()).optional();

/** Page of channels. */
export const channelListSchema = z.looseObject({
  success: z.literal(true),
  data: z.looseObject({
    channels: z.array(z.looseObject({ channel_name: z.string(), user_count: z.int().nonnegative() })),
    total_size: z.int().nonnegative(),
  }),
});

/** Users of a channel; which lists there are does not always follow from `mode`. */
export const channelUsersSchema = z.looseObject({
  success: z.literal(true),
  data: z.discriminatedUnion("channel_exist", [
    z.looseObject({ channel_exist: z.literal(false) }),
    z.looseObject({
      channel_exist: z.literal(true),
      mode: z.unknown(),
      users: uidsSchema,
      broadcasters: uidsSchema,
      audience: uidsSchema,
      audience_total: z.int().nonnegative().optional(),
    }),
  ]),
});

/** Status of a user. */
export const userStatusSchema = z.looseObject({
  success: z.literal(true),
  data: z.discriminatedUnion("in_channel", [
    z.looseObject({ in_channel: z.literal(false) }),
    z.looseObject({
      in_channel: z.literal(true),
      join: z.int().nonnegative().optional(),
      platform: z.int().optional(),
      role: z.unknown(),
    }),
  ]),
});

/** A rule that was made. */
export const kickSchema = z.looseObject({ status: z.literal("success"), id: z.int().nonnegative() });

/** Words of a refusal. */
export const refusalSchema = z.looseObject({
  message: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
});

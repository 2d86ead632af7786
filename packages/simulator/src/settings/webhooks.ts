import { z } from "zod";

const eventType = z.int().nonnegative();

/** One configuration of Agora's notification service: a product, its receiver and the secret of its signatures. @see E 1.1 */
const webhookSchema = z.strictObject({
  productId: z.union([z.literal(1), z.literal(3)]).describe("1: who joins and leaves channels; 3: cloud recording."),
  url: z.url({ protocol: /^https?$/ }).describe("Takes a POST for each event."),
  secret: z
    .string()
    .regex(/^[A-Za-z0-9_-]{7,32}$/, "expected 7 to 32 letters, digits, _ or -")
    .describe("Signs the notifications; neither a customer secret nor a certificate."),
  appIds: z.array(z.string()).min(1).optional().describe("Events of these App IDs only; all unless given."),
  eventTypes: z.array(eventType).min(1).optional().describe("These events only; all unless given."),
  region: z
    .enum(["cn", "sea", "na", "eu"])
    .optional()
    .describe("Where Agora's senders would stand; changes nothing here."),
  retry: z.boolean().default(true).describe("What is not taken is sent again; otherwise once only."),
});

/** @see webhookSchema */
export type WebhookSettings = z.infer<typeof webhookSchema>;

/** All of them, fixed when the simulator starts. */
export const webhooksSchema = z.array(webhookSchema).default([]);

/** How notifications go astray on their way: webhooks of both products, and recording events to Kafka. @see E 1.3 */
export const notificationDeliverySchema = z.strictObject({
  delayMs: z.int().nonnegative().default(0).describe("Every notification comes so late."),
  shuffleWindowMs: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "Each is delayed by a random part of this more, so that they overtake each other. 0: those of a recording, or of a channel, come in order.",
    ),
  retriesHoldBack: z
    .boolean()
    .default(true)
    .describe(
      "While one waits to be sent again, later ones of the same recording (or channel) wait too; otherwise they overtake it, as Agora allows.",
    ),
  lossRate: z.number().min(0).max(1).default(0).describe("Share of the copies that is never sent."),
  duplicateRate: z.number().min(0).max(1).default(0).describe("Share that is sent once more although it was taken."),
  redundant: z
    .enum(["off", "sameNoticeId", "otherNoticeId"])
    .default("off")
    .describe("Agora's redundant notifications: everything comes twice, with one noticeId or with two."),
  queueMax: z
    .int()
    .positive()
    .default(10_000)
    .describe("Notifications that wait for one receiver; what comes beyond is lost, and written down as such."),
  sendsAtOnceMax: z.int().positive().default(32).describe("Notifications under way to one receiver."),
});

/** @see notificationDeliverySchema */
export type NotificationDelivery = z.infer<typeof notificationDeliverySchema>;

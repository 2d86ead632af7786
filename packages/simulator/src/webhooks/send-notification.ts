import { signNotification } from "@autorec/recording-api/wire";
import type { Notification } from "../publish/envelope.ts";
import { envelopeOf } from "../publish/envelope.ts";
import type { SimulatorSettings } from "../settings/simulator-settings.ts";
import type { WebhookSettings } from "../settings/webhooks.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { PostNotification, PostResult } from "./post-notification.ts";

export interface SendTools {
  readonly webhook: WebhookSettings;
  readonly settings: () => SimulatorSettings;
  readonly scheduler: Scheduler;
  readonly post: PostNotification;
}

/** One send, signed over its very bytes; given up after the limit, or when `stop` says so. @see E 1.6 */
export async function sendNotification(
  { webhook, settings, scheduler, post }: SendTools,
  notification: Notification,
  options: { readonly noticeId: string; readonly stop: AbortSignal },
): Promise<PostResult> {
  const { noticeId, stop } = options;
  const { switches, durations } = settings();
  const nowMs = scheduler.nowMs();
  const body = Buffer.from(envelopeOf(notification, { noticeId, notifyMs: nowMs }, switches));
  const headers = { "content-type": "application/json", ...signNotification(body, webhook.secret) };
  const limit = new AbortController();
  const cancel = scheduler.at(nowMs + durations.webhookLimitMs, () => {
    limit.abort();
  });
  const result = await post({ url: webhook.url, headers, body, signal: AbortSignal.any([limit.signal, stop]) });
  cancel();
  return result;
}

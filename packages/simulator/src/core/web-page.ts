import type { Flaw } from "./flaw.ts";
import { troubleOfFlaw } from "./flaws.ts";
import { settleMedia } from "./recorded-media.ts";
import { readyAtMs } from "./tracks.ts";
import type { Recording } from "./recording.ts";
import type { World } from "./world.ts";

/** What becomes of the recording; each ends it, and is harmless when it is over. */
interface PageEnds {
  readonly fail: (flaw: Flaw) => void;
  readonly expire: () => void;
}

/**
 * Opens the page of a web recording. A page that cannot be opened, or that does not say it is ready in time, twice, ends
 * the recording; so does the longest time that start allowed. @see R 3.10
 */
export function openPage(world: World, recording: Recording, ends: PageEnds): void {
  const { web } = recording.order;
  if (web === undefined) return;
  const { scheduler, settings } = world;
  const plan = (atMs: number, task: () => void): void => {
    recording.cancels.push(scheduler.at(atMs, task));
  };
  // Counted from the start: a migration does not make it longer.
  plan(recording.startedAtMs + web.maxRecordingMs, ends.expire);
  const isFailing = isListed(settings.web.failingUrls, web.url);
  if (isFailing || isListed(settings.web.heavyUrls, web.url)) {
    plan(scheduler.nowMs() + settings.durations.unconfirmedDeathMs, () => {
      ends.fail(isFailing ? "page" : "heavyPage");
    });
    return;
  }
  if (web.readyTimeoutMs > 0 && isListed(settings.web.unreadyUrls, web.url)) {
    const firstTimeoutAtMs = readyAtMs(world, recording) + web.readyTimeoutMs;
    plan(firstTimeoutAtMs, () => {
      const trouble = { ...troubleOfFlaw.pageTimeout, errorLevel: 2 } as const;
      world.tell({ kind: "trouble", atMs: scheduler.nowMs(), recording, ...trouble });
    });
    plan(firstTimeoutAtMs + web.readyTimeoutMs, () => {
      ends.fail("pageTimeout");
    });
    return;
  }
  recording.pageReady = true;
  setRtmpUrl(world, recording, recording.rtmpUrl);
}

/** Pauses a web recording or lets it go on; the push shows "onhold" meanwhile. */
export function setOnhold(world: World, recording: Recording, onhold: boolean): void {
  if (recording.onhold === onhold) return;
  recording.onhold = onhold;
  settleMedia(world, recording);
  const atMs = world.scheduler.nowMs();
  world.tell({ kind: "updated", atMs, recording, what: "onhold" });
  if (recording.rtmpUrl !== undefined) world.tell({ kind: "updated", atMs, recording, what: "rtmp" });
}

/** Pushes the page to that address from now on. */
export function setRtmpUrl(world: World, recording: Recording, rtmpUrl: string | undefined): void {
  const { scheduler } = world;
  recording.rtmpUrl = rtmpUrl;
  recording.rtmpSinceMs = scheduler.nowMs();
  if (rtmpUrl === undefined || world.observers.length === 0) return;
  world.tell({ kind: "updated", atMs: scheduler.nowMs(), recording, what: "rtmp" });
  recording.cancels.push(
    scheduler.at(scheduler.nowMs() + world.settings.durations.rtmpConnectMs, () => {
      if (recording.rtmpUrl !== rtmpUrl || rtmpStatus(world, recording) === "onhold") return;
      world.tell({ kind: "updated", atMs: scheduler.nowMs(), recording, what: "rtmp" });
    }),
  );
}

/** What a query and event 100 say of the push. @see R 4.3 */
export function rtmpStatus(
  world: World,
  recording: Recording,
): "connecting" | "publishing" | "onhold" | "disconnected" {
  const { rtmpUrl, rtmpSinceMs, onhold } = recording;
  if (onhold) return "onhold";
  if (world.scheduler.nowMs() - rtmpSinceMs < world.settings.durations.rtmpConnectMs) return "connecting";
  return rtmpUrl !== undefined && isListed(world.settings.web.brokenRtmpUrls, rtmpUrl) ? "disconnected" : "publishing";
}

/** A listed address stands for everything that begins with it. */
function isListed(urls: readonly string[], url: string): boolean {
  return urls.some((listed) => url.startsWith(listed));
}

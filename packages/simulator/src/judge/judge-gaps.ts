import type { ChannelCase, JudgeContext } from "./judge-context.ts";
import { originOf, type GapPlace } from "./gap-origin.ts";
import type { Gap, GapCause } from "./judgement.ts";
import type { Deadline } from "./disturbances.ts";
import { pendingBackoffMs, troubleReachMs, type Trouble } from "./provider-trouble.ts";
import { stepOf } from "./client-durations.ts";
import { elementsWithin, indexAfter, mergeSpans, spanAt, subtractSpans, type Span } from "./span.ts";

/**
 * I3: every stretch of delivered occupancy without a live recorder, with its cause and what that cause allows. What an operator
 * had paused is told apart from the rest of a gap.
 */
export function judgeGaps(which: ChannelCase, context: JudgeContext): readonly Gap[] {
  const { channel, occupied } = which;
  const live = mergeSpans(channel.stays.map((stay) => ({ startMs: stay.joinedAtMs, endMs: stay.leftAtMs })));
  return subtractSpans(occupied, live).flatMap((gap) => {
    const bound = boundOf(gap, which, context);
    const gapOf = (span: Span, { cause, deadline }: CausedBound): Gap => ({
      appId: channel.appId,
      channelName: channel.channelName,
      startMs: span.startMs,
      endMs: span.endMs,
      ms: span.endMs - span.startMs,
      cause,
      allowedMs: Math.max(0, deadline.atMs - span.startMs),
      bound: deadline.parts.join(" + "),
      explained: span.endMs <= deadline.atMs,
    });
    const unpaused = subtractSpans([gap], context.disturbances.paused);
    const ordered = subtractSpans([gap], unpaused);
    return [
      ...unpaused.map((span) => gapOf(span, bound)),
      ...ordered.map((span) =>
        gapOf(span, { cause: "paused", deadline: { atMs: span.endMs, parts: ["an operator said so"] } }),
      ),
    ].sort((a, b) => a.startMs - b.startMs);
  });
}

interface CausedBound {
  readonly cause: GapCause;
  readonly deadline: Deadline;
}

function boundOf(gap: Span, which: ChannelCase, context: JudgeContext): CausedBound {
  const session = spanAt(which.sessions, gap.startMs) ?? gap;
  const attempts = attemptsBefore(gap.startMs, session, which, context.durations.claimBackoffMs.length);
  const origin = originOf({ gap, session, attempts }, which, context);
  const queued = withQueue(origin, gap, context);
  const troubled = withTroubles(queued, { gap, session, attempts }, which, context);
  return {
    cause: troubled.cause,
    deadline: context.disturbances.extend(origin.sinceMs ?? gap.startMs, troubled.deadline),
  };
}

/** Attempts of the gap's session before `untilMs` (recorders that came up, or uids that were acquired for); more than `max` count as `max`. */
function attemptsBefore(untilMs: number, session: Span, { channel }: ChannelCase, max: number): number {
  const { requests, stays } = channel;
  const acquired = new Set<number>();
  const firstRequest = indexAfter(requests, (each) => each.startedAtMs, session.startMs - 1);
  for (let i = firstRequest; i < requests.length && acquired.size < max; i += 1) {
    const request = requests[i];
    if (request === undefined || request.startedAtMs >= untilMs) break;
    if (request.call === "acquire" && request.uid !== undefined) acquired.add(request.uid);
  }
  const firstStay = indexAfter(stays, (stay) => stay.joinedAtMs, session.startMs - 1);
  const lastStay = indexAfter(stays, (stay) => stay.joinedAtMs, untilMs - 1);
  const began = stays.slice(firstStay, Math.min(lastStay, firstStay + 4 * max));
  const started = began.filter((stay) => stay.joinedBy !== "migration").length;
  return Math.min(max, Math.max(acquired.size, started));
}

/** Requests ahead ÷ requests per second, and the wait that an honest 429 or 406 asks for. */
function withQueue(bound: CausedBound, gap: Span, context: JudgeContext): CausedBound {
  const { requestsPerSecond, requestStartsMs } = context;
  if (requestsPerSecond === undefined) return bound;
  const first = indexAfter(requestStartsMs, Number, gap.startMs - 1);
  const ahead = indexAfter(requestStartsMs, Number, gap.endMs - 1) - first;
  const queueMs = Math.ceil((ahead / requestsPerSecond) * 1_000);
  const { atMs, parts } = bound.deadline;
  return {
    cause: bound.cause,
    deadline: {
      atMs: atMs + queueMs,
      parts: [...parts, `${ahead} requests ahead at ${requestsPerSecond}/s: ${queueMs}`],
    },
  };
}

/** Widens a bound by the calls of this channel that Agora did not serve. */
function withTroubles(bound: CausedBound, place: GapPlace, which: ChannelCase, context: JudgeContext): CausedBound {
  const { gap } = place;
  const { durations } = context;
  const { workSlackMs, coverAfterMs, adoptWindowMs, startRetryLostMs, callStartMs, claimBackoffMs } = durations;
  const parts = [...bound.deadline.parts];
  let cause = bound.cause;
  let atMs = bound.deadline.atMs;

  const troubles = troublesAround(gap, place.session, which, context);
  const lostStarts = troubles.filter(
    ({ request, isUnanswered }) =>
      request.call === "start" &&
      isUnanswered &&
      request.startedAtMs + callStartMs + startRetryLostMs.reduce((sum, ms) => sum + ms, 0) + adoptWindowMs >
        gap.startMs,
  );
  const sends = lostStarts.length;
  if (sends > 0) {
    const retriesMs = lostStarts.reduce((sum, _, i) => sum + stepOf(startRetryLostMs, i), 0);
    atMs += sends * callStartMs + retriesMs + adoptWindowMs;
    parts.push(`${sends} sends of call ${callStartMs}`, `startRetry ${retriesMs}`, `adoptWindow ${adoptWindowMs}`);
    cause = "ambiguous_start";
  }

  const failures = new Map<string, number>();
  for (const { request, isUnanswered, endMs } of troubles) {
    const count = (failures.get(request.call) ?? 0) + 1;
    failures.set(request.call, count);
    const isCapture = request.call === "acquire" || request.call === "start";
    const detectionMs = isCapture ? stepOf(claimBackoffMs, place.attempts - 1) : coverAfterMs;
    const tailMs = pendingBackoffMs(request, count, durations) + detectionMs + workSlackMs;
    const healedAtMs = endMs + tailMs;
    if (healedAtMs <= gap.startMs) continue;
    if (isCapture && sends === 0) cause = causeOf(request.status, request.code, isUnanswered);
    if (healedAtMs <= atMs) continue;
    if (!isCapture && gap.endMs > atMs && sends === 0) cause = isUnanswered ? "provider_unreachable" : "provider_error";
    atMs = healedAtMs;
    parts.push(`or ${request.call} failed until +${endMs - gap.startMs}, then ${tailMs}`);
  }
  return { cause, deadline: { atMs, parts } };
}

function causeOf(status: number | undefined, code: number | undefined, isUnanswered: boolean): GapCause {
  if (isUnanswered) return "provider_unreachable";
  if (status === 429) return "quota_requests";
  return code === 406 ? "quota_workers" : "provider_error";
}

function troublesAround(
  gap: Span,
  session: Span,
  { channel }: ChannelCase,
  { durations, troubleOf }: JudgeContext,
): readonly Trouble[] {
  const { requests } = channel;
  const fromMs = Math.max(session.startMs, gap.startMs - troubleReachMs(durations));
  const near = elementsWithin(requests, (each) => each.startedAtMs, { fromMs, untilMs: gap.endMs - 1 });
  return near.flatMap((request) => troubleOf(request) ?? []);
}

import type { RecorderToken } from "./recording.ts";
import type { TokenVerdict } from "./recorder-token.ts";
import { checkRecorderToken } from "./recorder-token.ts";
import type { Resource } from "./recording.ts";
import type { World } from "./world.ts";
import { certificateOfApp } from "./world.ts";

/** No token lives longer, says E 5.4; what becomes of one that claims to is not said. */
const lifeSMax = 24 * 60 * 60;

export type TokenJudgement =
  /** No token is asked for. */
  | { readonly kind: "needless" }
  | { readonly kind: "good"; readonly token: RecorderToken }
  | { readonly kind: "bad"; readonly flaw: "token" | "tokenExpired" };

/** Whether a recorder gets in with this token, and how long it stays, as the switches say. @see R 2.3, E 5.4 */
export function judgeToken(world: World, resource: Resource, text: string | undefined): TokenJudgement {
  const { appId, channelName, uid } = resource;
  const appCertificate = certificateOfApp(world, appId);
  if (appCertificate === undefined) return { kind: "needless" };
  const verdict = checkRecorderToken(text, { appId, appCertificate, channelName, uid });
  if (verdict.kind === "invalid" || isRefused(world, verdict)) return { kind: "bad", flaw: "token" };
  const token = lifeOf(world, verdict);
  return token.stayEndsAtMs <= world.scheduler.nowMs() || token.joinEndsAtMs <= world.scheduler.nowMs()
    ? { kind: "bad", flaw: "tokenExpired" }
    : { kind: "good", token };
}

type ValidToken = Extract<TokenVerdict, { kind: "valid" }>;

function isRefused(world: World, { isBound, livesS, joinForS, mayPublish }: ValidToken): boolean {
  const { wildcardTokens, tokenRole, longTokens } = world.settings.switches;
  if (!isBound && !wildcardTokens) return true;
  if (!mayPublish && tokenRole === "publisher") return true;
  return longTokens === "refused" && Math.max(livesS, joinForS) > lifeSMax;
}

function lifeOf(world: World, { isBound, issuedAtS, livesS, joinForS }: ValidToken): RecorderToken {
  const { longTokens, recorderStays } = world.settings.switches;
  const endOf = (forS: number): number =>
    (issuedAtS + (longTokens === "clamped" ? Math.min(forS, lifeSMax) : forS)) * 1_000;
  // A privilege of 0 never ends by itself.
  const privilegeEndsAtMs = joinForS === 0 ? Number.POSITIVE_INFINITY : endOf(joinForS);
  const joinEndsAtMs = Math.min(endOf(livesS), privilegeEndsAtMs);
  return {
    isBound,
    joinEndsAtMs,
    stayEndsAtMs: recorderStays === "untilPrivilegeEnds" ? privilegeEndsAtMs : joinEndsAtMs,
  };
}

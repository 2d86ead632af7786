import { isSecret } from "@autorec/service-kit/words";
import type { RequestPart } from "./policy.ts";

/** A copy with every secret as plain text: for the request to Agora and nothing else. */
export function revealSecrets(part: RequestPart): RequestPart {
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, revealed(value)]));
}

function revealed(value: unknown): unknown {
  if (isSecret(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]: [string, unknown]) => [key, revealed(field)]));
}

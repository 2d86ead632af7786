import type { CallEvidence } from "@autorec/events";
import type { AnswerFacts, CallName } from "./answer-facts.ts";
import { readAnswer } from "./answer-facts.ts";
import { cleanBody, hideSecrets } from "./hide-secrets.ts";
import type { Exchange } from "./http-exchange.ts";

/** An unforeseen body is kept up to here. */
const excerptCharsMax = 300;

/**
 * What an ending of a call means; total. Words of Agora and the excerpt of an unforeseen body are free of the secrets
 * that are named, whatever the other side repeats.
 */
export function interpretAnswer<Answer extends CallEvidence>(
  call: CallName,
  exchange: Exchange,
  options: { readonly classify: (facts: AnswerFacts) => Answer; readonly secrets: readonly string[] },
): Answer {
  const clean = (text: string): string => hideSecrets(text, options.secrets);
  const { message, requestId, ...facts } = readAnswer(call, exchange);
  const answer = options.classify({
    ...facts,
    message: message === undefined ? undefined : clean(message),
    requestId: requestId === undefined ? undefined : clean(requestId),
  });
  if (answer.unforeseen !== true || exchange.kind !== "answered" || exchange.bodyText === undefined) return answer;
  return { ...answer, excerpt: cleanBody(exchange.bodyText, options.secrets).slice(0, excerptCharsMax) };
}

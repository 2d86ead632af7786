import { untilAnswers } from "./with-limit.ts";

/** What makes an answer count. */
export interface ExpectedS3 {
  readonly limitMs: number;
  /** Throws when waiting has become useless. */
  readonly requireAlive: () => void;
  /** Ends the waiting early: rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Waits until the store lists its buckets. */
export async function untilS3Answers(endpoint: string, expected: ExpectedS3): Promise<void> {
  const probe = async (): Promise<void> => {
    expected.requireAlive();
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(answerLimitMs) });
    const body = await answer.text();
    if (!answer.ok || !body.includes("ListAllMyBucketsResult")) throw new Error(`HTTP ${answer.status}`);
  };
  await untilAnswers(probe, { limitMs: expected.limitMs, what: `S3 at ${endpoint}`, signal: expected.signal });
}

const answerLimitMs = 5_000;

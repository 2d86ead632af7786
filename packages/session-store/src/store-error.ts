/** Why the store could not do what it was asked for. */
export type StoreErrorCode =
  "REC_REDIS_UNREACHABLE" | "REC_REDIS_OUT_OF_MEMORY" | "REC_REDIS_REFUSED" | "REC_RECORD_SCHEMA";

/** What a StoreError says beside its message. */
export interface StoreErrorOptions {
  readonly code: StoreErrorCode;
  /** `retry`: the same call may succeed later; it may also have taken effect already, which every call here survives. */
  readonly retry: "retry" | "terminal";
  /** Ids only, never a secret or an address. */
  readonly context?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

/** The only error that this package throws. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly retry: "retry" | "terminal";
  readonly context: Readonly<Record<string, string | number>>;

  constructor(message: string, options: StoreErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.code = options.code;
    this.retry = options.retry;
    this.context = options.context ?? {};
  }
}

/** What Redis or the client library threw, as ours: the unknown becomes a retry, since a lost answer is the commonest. */
export function toStoreError(err: unknown, command: string): StoreError {
  if (err instanceof StoreError) return err;
  const said = err instanceof Error ? err.message : String(err);
  const { code, retry, message } = verdicts.find((verdict) => verdict.said.test(said)) ?? lostAnswer;
  return new StoreError(`${command}: ${message}`, { code, retry, context: { command }, cause: err });
}

interface Verdict extends Pick<StoreErrorOptions, "code" | "retry"> {
  readonly said: RegExp;
  readonly message: string;
}

const lostAnswer: Verdict = {
  said: /./,
  code: "REC_REDIS_UNREACHABLE",
  retry: "retry",
  message: "Redis did not answer; the command may or may not have run",
};

// Redis 6.2 wraps the errors of a script into "ERR Error running script …: -OOM …", so the words may stand anywhere.
const verdicts: readonly Verdict[] = [
  {
    said: /\bOOM command not allowed\b/,
    code: "REC_REDIS_OUT_OF_MEMORY",
    retry: "retry",
    message: "Redis is out of memory and wrote nothing; raise maxmemory (with policy noeviction) or free memory",
  },
  {
    said: /\b(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|BUSY|NOREPLICAS)\b/,
    code: "REC_REDIS_UNREACHABLE",
    retry: "retry",
    message: "Redis answers, but cannot take writes now (starting, failing over, disk full or a script that hangs)",
  },
  {
    said: /\b(NOAUTH|WRONGPASS|NOPERM)\b|invalid username-password pair/,
    code: "REC_REDIS_REFUSED",
    retry: "terminal",
    message: "Redis refuses these credentials or this command; check REDIS_URL and the ACL of its user",
  },
  {
    said: /^(ERR|WRONGTYPE|CROSSSLOT|NOSCRIPT|UNKILLABLE)\b/,
    code: "REC_REDIS_REFUSED",
    retry: "terminal",
    message: "Redis refused the command; it must be ≥ 6.2, and the keys must belong to autorec alone",
  },
];

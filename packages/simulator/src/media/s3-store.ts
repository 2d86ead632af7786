import { AwsClient } from "aws4fetch";
import type { StorageOrder } from "../core/recording.ts";
import type { FileStore, StoreResult } from "./file-store.ts";
import { stored } from "./file-store.ts";

export interface S3Options {
  /** Takes the files of every S3-compatible vendor (1, 11). Absent: those of vendor 11 go where the start says. */
  readonly endpoint?: string | undefined;
  /** What the signatures name. */
  readonly region: string;
}

/**
 * Puts files into the bucket of the start, with its keys, as objects `<fileNamePrefix>/<name>`. Files of other vendors
 * go nowhere: a simulator must not reach a real cloud by accident.
 */
export function createS3Store(options: S3Options): FileStore {
  return {
    put: async ({ storage, name, bytes }) => {
      const endpoint = endpointOf(storage, options);
      if (endpoint === undefined) return stored;
      try {
        const key = [storage.bucket, ...storage.fileNamePrefix, name].map(encodeURIComponent).join("/");
        const answer = await clientOf(storage, options).fetch(`${endpoint}/${key}`, {
          method: "PUT",
          body: bytes,
          headers: { "content-type": contentTypeOf(name) },
          signal: AbortSignal.timeout(putLimitMs),
        });
        return resultOf(answer.status, await answer.text(), { endpoint, bucket: storage.bucket });
      } catch (err) {
        return { kind: "failed", errorCode: 47, reason: `${endpoint} cannot be reached: ${causeOf(err)}` };
      }
    },
  };
}

/** A slice is 50 kB: who takes longer is away. */
const putLimitMs = 10_000;
/** Of an answer 5xx or 429, with growing waits from 50 ms on. */
const retriesMax = 3;

function endpointOf(storage: StorageOrder, options: S3Options): string | undefined {
  if (storage.vendor !== 1 && storage.vendor !== 11) return undefined;
  if (options.endpoint !== undefined) return withoutSlash(options.endpoint);
  return storage.vendor === 11 && storage.endpoint !== undefined ? withScheme(storage.endpoint) : undefined;
}

/** Agora's field is a host name. Stores of this machine seldom speak TLS. */
function withScheme(endpoint: string): string {
  if (/^https?:\/\//.test(endpoint)) return withoutSlash(endpoint);
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/.test(endpoint);
  return withoutSlash(`${isLocal ? "http" : "https"}://${endpoint}`);
}

function withoutSlash(endpoint: string): string {
  return endpoint.replace(/\/+$/, "");
}

function clientOf({ accessKey, secretKey, stsToken }: StorageOrder, { region }: S3Options): AwsClient {
  return new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    ...(stsToken === undefined ? {} : { sessionToken: stsToken }),
    service: "s3",
    region,
    retries: retriesMax,
  });
}

/** Only the code of S3's error is shown: its other parts repeat keys. */
function resultOf(
  status: number,
  body: string,
  target: { readonly endpoint: string; readonly bucket: string },
): StoreResult {
  if (status >= 200 && status < 300) return stored;
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? "no code";
  const reason = `${target.endpoint} answers ${String(status)} (${code}) for bucket ${target.bucket}`;
  return { kind: "failed", errorCode: status >= 500 || status === 429 ? 47 : 32, reason };
}

function contentTypeOf(name: string): string {
  const types: Readonly<Record<string, string>> = {
    m3u8: "application/vnd.apple.mpegurl",
    ts: "video/mp2t",
    mp4: "video/mp4",
    jpg: "image/jpeg",
  };
  return types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** `fetch failed` hides why. */
function causeOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  return err.cause instanceof Error ? err.cause.message : err.message;
}

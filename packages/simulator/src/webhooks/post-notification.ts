import { Agent, request } from "undici";

/** One send, as it goes over the wire. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The very bytes that were signed. */
  readonly body: Uint8Array;
  /** Ends it when the receiver takes too long, or the simulator closes. */
  readonly signal: AbortSignal;
}

/** How a receiver took it. `name`: its name has no address; `certificate`: its TLS is not to be trusted. */
export type PostResult =
  | { readonly kind: "answered"; readonly status: number; readonly isJson: boolean }
  | { readonly kind: "failed"; readonly cause: "timeout" | "name" | "certificate" | "network" };

/** Never rejects. */
export type PostNotification = (post: Post) => Promise<PostResult>;

/** Longer answers are read no further; whatever they are, nobody needs them. */
const answerBytesMax = 65_536;
/** As receivers are told to keep connections open. @see E 1.1 */
const keepAliveMs = 10_000;

/** Sends over connections that are kept open. */
export function createPoster(): { readonly post: PostNotification; readonly close: () => Promise<void> } {
  // Who is to answer within a time gets it from `signal`; HTTP/1.1 is what receivers are known to speak.
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    post: async ({ url, headers, body, signal }) => {
      try {
        const answer = await request(url, { method: "POST", headers, body, signal, dispatcher: agent });
        const text = await readText(answer.body);
        return { kind: "answered", status: answer.statusCode, isJson: text !== undefined && isJson(text) };
      } catch (err) {
        return { kind: "failed", cause: signal.aborted ? "timeout" : causeOf(err) };
      }
    },
    close: () => agent.destroy(),
  };
}

/** Undefined when it is too long. */
async function readText(body: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > answerBytesMax) return undefined;
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function causeOf(err: unknown): "name" | "certificate" | "network" {
  const code = err instanceof Error && "code" in err && typeof err.code === "string" ? err.code : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "name";
  // Node's words for what its TLS refuses.
  return /CERT|SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(code) ? "certificate" : "network";
}

import { connect } from "node:net";
import { createRandom } from "../time/random.ts";
import type { Random } from "../time/random.ts";
import { undocumentedIn } from "./documented-answer.ts";
import type { FuzzReport } from "./fuzz-world.ts";
import { pick } from "./mutate-json.ts";
import type { FuzzRequest } from "./request-source.ts";
import { mutatedRequest, validRequest } from "./request-source.ts";

/** A request that is cut off leaves the server waiting: then the caller says that nothing more comes. */
const patienceMs = 300;
const silenceMs = 15_000;
const atOnce = 32;

/**
 * Sends mutated requests over real connections, broken as HTTP as well: wrong lengths, cut heads, doubled headers, bytes
 * that are no text. Every one must be answered in a documented form with a request id; where the request is cut off its
 * connection may be closed instead.
 */
export async function fuzzSockets(options: {
  readonly seed: number;
  readonly count: number;
  readonly port: number;
}): Promise<FuzzReport> {
  const random = createRandom(options.seed).fork("sockets");
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let left = options.count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const bytes = mutatedBytes(random, mutatedRequest(random, validRequest(random, unknown(random))));
      const { text, isSilent } = await exchange(options.port, bytes);
      const { answer, failure } = judge(bytes, text, isSilent);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (failure !== undefined && failures.length < 20) {
        failures.push(`${answer}: ${failure}\n${JSON.stringify(bytes.toString("latin1").slice(0, 2_000))}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { requests: options.count, answers, failures };
}

function unknown(random: Random) {
  const mode = pick(random, ["mix", "individual", "web"]) ?? "mix";
  return { resourceId: "r".repeat(128), sid: random.hex(32), mode, cname: "room", uid: "7" };
}

/** The request as bytes; two in three have something wrong with them. */
function mutatedBytes(random: Random, request: FuzzRequest): Buffer {
  const body = Buffer.from(request.bodyText);
  const head = [
    `${request.method} ${request.path} HTTP/1.1`,
    "Host: simulator",
    ...(request.authorization === undefined ? [] : [`Authorization: ${request.authorization}`]),
    ...(request.contentType === undefined ? [] : [`Content-Type: ${request.contentType}`]),
    ...(body.length === 0 ? [] : [`Content-Length: ${String(body.length)}`]),
  ];
  const bytes = Buffer.concat([Buffer.from(`${brokenHead(random, head).join("\r\n")}\r\n\r\n`), body]);
  return random.next() < 0.6 ? bytes : brokenBytes(random, bytes);
}

const oddHeaders = [
  ...[
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
  ],
  ...[
    "Expect: miracles",
    "Connection: close",
    "Upgrade: websocket",
    "Content-Encoding: gzip",
    "Host: other",
    ": empty",
  ],
  ...[
    "No colon",
    " folded",
    "X-Nul: \u0000",
    `X-Long: ${"y".repeat(20_000)}`,
    "Authorization: Basic eDp5",
    "Content-Type: a, b",
  ],
];

function brokenHead(random: Random, head: readonly string[]): readonly string[] {
  const at = random.between(0, head.length - 1);
  switch (random.between(0, 9)) {
    case 0:
      return [...head, pick(random, oddHeaders) ?? ""];
    case 1:
      return [...head, head[at] ?? ""];
    case 2:
      return head.filter((_, index) => index !== at);
    case 3:
      return head.map((line, index) => (index === 0 ? line.replace("HTTP/1.1", pick(random, versions) ?? "") : line));
    default:
      return head;
  }
}
const versions = ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 x", "", "\u0000"];

function brokenBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.between(0, bytes.length - 1);
  switch (random.between(0, 3)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.between(0, 255)]), bytes.subarray(at + 1)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), randomBytes(random), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes, randomBytes(random)]);
  }
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.between(1, 40) }, () => random.between(0, 255)));
}

async function exchange(port: number, bytes: Buffer): Promise<{ readonly text: string; readonly isSilent: boolean }> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const parts: Buffer[] = [];
    let isSilent = false;
    const impatient = setTimeout(() => {
      if (!isWholeRequest(bytes)) socket.end();
    }, patienceMs);
    const silent = setTimeout(() => {
      isSilent = true;
      socket.destroy();
    }, silenceMs);
    socket.on("data", (part) => {
      parts.push(part);
      if (isWholeAnswer(Buffer.concat(parts).toString("latin1"), { hasBody: !isHead(bytes) })) socket.destroy();
    });
    // A reset is a way to close; whether the server lives on is asked at the end.
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      clearTimeout(impatient);
      clearTimeout(silent);
      resolve({ text: Buffer.concat(parts).toString("utf8"), isSilent });
    });
    socket.write(bytes);
  });
}

const continueText = "HTTP/1.1 100 Continue\r\n\r\n";

/** As far as one can see: with an end of the head and as many bytes after it as the head says. */
function isWholeRequest(bytes: Buffer): boolean {
  const request = bytes.toString("latin1");
  const headEnd = request.indexOf("\r\n\r\n");
  if (headEnd < 0 || /^transfer-encoding:/im.test(request.slice(0, headEnd))) return false;
  const length = Number(/^content-length: *(\d+)/im.exec(request.slice(0, headEnd))?.[1] ?? 0);
  return request.length - headEnd - 4 >= length;
}

function isHead(bytes: Buffer): boolean {
  return bytes.subarray(0, 5).toString() === "HEAD ";
}

function isWholeAnswer(latin1: string, { hasBody }: { readonly hasBody: boolean }): boolean {
  const text = latin1.startsWith(continueText) ? latin1.slice(continueText.length) : latin1;
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (!hasBody) return true;
  const length = Number(/^content-length: *(\d+)$/im.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length >= headEnd + 4 + length;
}

const calls = ["acquire", "start", "query", "update", "updateLayout", "stop", "other"] as const;

function judge(
  bytes: Buffer,
  answer: string,
  isSilent: boolean,
): { readonly answer: string; readonly failure?: string } {
  if (isSilent) return { answer: "silence", failure: "neither answered nor closed" };
  const text = answer.startsWith(continueText) ? answer.slice(continueText.length) : answer;
  if (text === "") {
    return isWholeRequest(bytes) ? { answer: "closed", failure: "closed without an answer" } : { answer: "cut off" };
  }
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
  const headEnd = text.indexOf("\r\n\r\n");
  const head = text.slice(0, headEnd);
  if (!/^x-request-id: [0-9a-f]{32}$/im.test(head))
    return { answer: String(status), failure: `no request id: ${text}` };
  // A broken request may look like two: the first answer is judged.
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
  const body = Buffer.from(text.slice(headEnd + 4))
    .subarray(0, length)
    .toString();
  if (body === "" && isHead(bytes)) return { answer: `${String(status)} head` };
  const parsed = readBody(body);
  const isDocumented = calls.some((call) => undocumentedIn(call, { status, body: parsed }) === undefined);
  return isDocumented ? { answer: String(status) } : { answer: String(status), failure: `undocumented: ${text}` };
}

function readBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Judged like any other value that is not documented.
    return undefined;
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type Simulator, startSimulator } from "@autorec/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const appId = "0123456789abcdef0123456789abcdef";
const authorization = `Basic ${Buffer.from("customer:secret-of-it").toString("base64")}`;
const acquirePath = `/v1/apps/${appId}/cloud_recording/acquire`;
const acquireBody = JSON.stringify({ cname: "room", uid: "7", clientRequest: {} });
const lines: string[] = [];

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    onHistoryLine: (line) => lines.push(line),
    settings: {
      profile: "fast",
      accounts: [
        { customerId: "customer", customerSecret: "secret-of-it", requestsPerSecond: 1_000, apps: [{ appId }] },
      ],
    },
  });
});
afterAll(async () => {
  await simulator.close();
});

interface RawAnswer {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly body: unknown;
}

/** What the first answer to these bytes is; the connection ends after it. */
async function sent(bytes: string | Buffer): Promise<RawAnswer> {
  const socket = connect({ port: Number(new URL(simulator.baseUrl).port), host: "127.0.0.1" });
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    if (/content-length: *\d+/i.test(part.toString())) socket.end();
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  const answer = Buffer.concat(parts).toString();
  const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1]);
  const parsed: unknown = JSON.parse(body.slice(0, length));
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  return { status, requestId: /^x-request-id: ([0-9a-f]{32})$/im.exec(head)?.[1], body: parsed };
}

function request(head: readonly string[], body: string | Buffer = ""): Buffer {
  const length = Buffer.byteLength(body);
  const all = [...head, ...(length === 0 ? [] : [`Content-Length: ${length}`]), "", ""];
  return Buffer.concat([Buffer.from(all.join("\r\n")), Buffer.from(body)]);
}

const usual = [`POST ${acquirePath} HTTP/1.1`, "Host: simulator", `Authorization: ${authorization}`];
const badRequest = { status: 400, body: { message: "Bad request" } };
const noRoute = { status: 404, body: { message: "no Route matched with those values" } };
const code2 = { status: 400, body: { code: 2 } };

describe("what is broken on the wire", () => {
  test.each<readonly [string, string | Buffer, Partial<RawAnswer>]>([
    ["no HTTP at all", "\u0016\u0003\u0001 hello\r\n\r\n", badRequest],
    ["another protocol version", `POST ${acquirePath} HTTP/9.9\r\nHost: x\r\n\r\n`, badRequest],
    ["no Host", request([`POST ${acquirePath} HTTP/1.1`, `Authorization: ${authorization}`], acquireBody), badRequest],
    ["a header without a colon", request([...usual, "no colon here"], acquireBody), badRequest],
    ["two lengths", request([...usual, "Content-Length: 3"], acquireBody), badRequest],
    ["a length and chunks", request([...usual, "Transfer-Encoding: chunked"], acquireBody), badRequest],
    ["a broken chunk", request([...usual, "Transfer-Encoding: chunked", "", "zz", ""]), badRequest],
    ["a method that HTTP does not know", request([`BREW ${acquirePath} HTTP/1.1`, "Host: x"]), badRequest],
    ["CONNECT", request(["CONNECT api.agora.io:443 HTTP/1.1", "Host: x"]), badRequest],
    ["a broken escape in the path", request(["GET /v1/apps/%zz HTTP/1.1", "Host: x"]), badRequest],
    ["a head of 20 kB", request([...usual, `X-Long: ${"y".repeat(20_000)}`], acquireBody), { status: 431 }],
    ["a body of more than 1 MiB", request(usual, "x".repeat(1_100_000)), { status: 413 }],
    ["a path that does not exist", request(["GET /nothing HTTP/1.1", "Host: x"]), noRoute],
    ["another case in the path", request([`POST ${acquirePath.toUpperCase()} HTTP/1.1`, "Host: x"]), noRoute],
    ["PROPFIND", request([`PROPFIND ${acquirePath} HTTP/1.1`, "Host: x"]), noRoute],
    ["OPTIONS", request([`OPTIONS ${acquirePath} HTTP/1.1`, "Host: x", "Origin: https://x"]), noRoute],
    ["no body", request(usual), code2],
    ["bytes that are no text", request(usual, Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])), code2],
    [
      "a name in another encoding",
      request(usual, Buffer.from(acquireBody.replace("room", "rüm"), "latin1")),
      { status: 400 },
    ],
    ["a compressed body", request([...usual, "Content-Encoding: gzip"], Buffer.from([0x1f, 0x8b, 8, 0])), code2],
    ["a content type of nothing", request([...usual, "Content-Type: ;"], acquireBody), code2],
    ["an expectation", request([...usual, "Expect: miracles"], acquireBody), { status: 200 }],
    ["two authorizations", request([...usual, "Authorization: Basic eDp5"], acquireBody), { status: 200 }],
    [
      "two content types",
      request([...usual, "Content-Type: application/json", "Content-Type: text/plain"], acquireBody),
      { status: 200 },
    ],
    ["an upgrade", request([...usual, "Connection: upgrade", "Upgrade: websocket"], acquireBody), { status: 200 }],
  ])("%s is answered with a request id", async (_, bytes, expected) => {
    const answer = await sent(bytes);
    expect(answer).toMatchObject(expected);
    expect(answer.requestId).toBeDefined();
  });

  test("what was no call is a line of the history too", async () => {
    const before = lines.length;
    const { requestId } = await sent("nonsense\r\n\r\n");
    const written = lines.slice(before).filter((line) => line.includes(String(requestId)));
    expect(written).toHaveLength(1);
    expect(written[0]).toContain(`"call":"other"`);
    expect(written[0]).toContain(`"status":400`);
  });

  test("2,000 mutated requests, half of them over connections: all answered as documented, none kills the process", async () => {
    const main = new URL("../../packages/simulator/src/fuzz/main.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [main, "--count", "1000", "--socket-count", "1000", "--seed", "4"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [report] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(report).toContain("over connections: 1000 requests");
    expect(report).not.toContain("FAILED");
    expect(child.exitCode).toBe(0);
  });
});

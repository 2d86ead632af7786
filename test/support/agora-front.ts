import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";

/** Agora's hosts as a client sees them, with a simulator behind them; only on the loopback. */
export interface AgoraFront extends AsyncDisposable {
  /** For HTTPS_PROXY: takes CONNECT to Agora's hosts, refuses every other with 403. */
  readonly proxyUrl: string;
  /** Certificate to trust, for REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE. */
  readonly caFile: string;
  /** Hosts that were asked for, in order. */
  readonly hosts: readonly string[];
}

const agoraHost = /^api[a-z0-9-]*\.(agora\.io|sd-rtn\.com):443$/;

/**
 * Lets an unmodified client that knows nothing but Agora's host names talk to a simulator: a proxy that gives every one
 * of Agora's hosts (R 1.2) the same answerer, with TLS and a certificate of its own for these names.
 * @param folder where the certificate and its key are written; openssl must be on the path.
 */
export async function startAgoraFront(simulatorUrl: string, folder: string): Promise<AgoraFront> {
  const { caFile, ...identity } = await makeCertificate(folder);
  const { hostname, port } = new URL(simulatorUrl);
  const sockets = new Set<Socket>();
  const tls = createTlsServer(identity, (client) => {
    joinSockets(sockets, client, connect(Number(port), hostname));
  });
  const hosts: string[] = [];
  const proxy = createServer((_request, response) => {
    response.writeHead(405).end();
  });
  proxy.on("connect", (request, client: Socket) => {
    const asked = request.url ?? "";
    if (!agoraHost.test(asked)) {
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    hosts.push(asked.replace(/:443$/, ""));
    const upstream = connect(portOf(tls), "127.0.0.1", () => client.write("HTTP/1.1 200 Connected\r\n\r\n"));
    joinSockets(sockets, client, upstream);
  });
  await Promise.all([listen(tls), listen(proxy)]);
  return {
    proxyUrl: `http://127.0.0.1:${String(portOf(proxy))}`,
    caFile,
    hosts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([close(tls), close(proxy)]);
    },
  };
}

/** Two sockets as one connection: what ends or breaks one ends the other. */
function joinSockets(sockets: Set<Socket>, one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    sockets.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }
}

/** A key and a certificate of its own signature for these hosts, written into the folder by openssl. */
export async function makeCertificate(folder: string) {
  const [keyFile, caFile] = [join(folder, "agora.key"), join(folder, "agora.pem")];
  const names = ["agora.io", "sd-rtn.com"].map((domain) => `DNS:*.${domain}`).join(",");
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=simulated agora", "-addext", `subjectAltName=${names}`],
    ...["-addext", "keyUsage=critical,digitalSignature,keyCertSign", "-keyout", keyFile, "-out", caFile],
  ]);
  return { caFile, key: await readFile(keyFile), cert: await readFile(caFile) };
}

interface Listening {
  readonly listen: (port: number, host: string, listening: () => void) => unknown;
  readonly close: (closed: () => void) => unknown;
  readonly address: Server["address"];
}

function listen(server: Listening): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
}

function close(server: Listening): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

function portOf(server: Listening): number {
  const address = server.address();
  if (typeof address !== "object") throw new Error("not listening on a port");
  return address?.port ?? 0;
}

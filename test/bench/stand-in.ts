import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An Agora that accepts everything after a fixed time and remembers when each channel's start was answered. */
export interface StandIn {
  readonly url: string;
  /** Monotonic time of the answer to the channel's first start. */
  readonly startedAtMs: ReadonlyMap<string, number>;
  forget(): void;
  close(): Promise<void>;
}

export async function startStandIn(answerMs: number): Promise<StandIn> {
  const startedAtMs = new Map<string, number>();
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      const body: { readonly cname?: string } = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
      setTimeout(() => {
        count += 1;
        const id = count.toString(16).padStart(32, "0");
        response.writeHead(200, { "content-type": "application/json" });
        if (path.endsWith("/query")) response.end(JSON.stringify({ resourceId: "r", sid: id, serverResponse: { status: 5 } }));
        else response.end(JSON.stringify({ cname: body.cname, resourceId: `r${id}`, sid: id }));
        if (path.endsWith("/start") && body.cname !== undefined && !startedAtMs.has(body.cname)) {
          startedAtMs.set(body.cname, performance.now());
        }
      }, answerMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    startedAtMs,
    forget: () => {
      startedAtMs.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

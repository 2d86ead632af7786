import { createServer } from "node:http";

/** An Agora that accepts everything after a fixed time and remembers when each channel's start was answered. */
export interface StandIn {
  readonly url: string;
  /** Monotonic time of the answer to the channel's first start. */
  readonly startedAtMs: ReadonlyMap<string, number>;
  /** Calls that came, whatever they were. */
  readonly requestCount: () => number;
  /** Queries among them. */
  readonly queryCount: () => number;
  /** How long an answer takes from now on; 0 = at once. */
  answerAfter(ms: number): void;
  close(): Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const startedAtMs = new Map<string, number>();
  let count = 0;
  let queries = 0;
  let answerMs = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      const answer = (): void => {
        count += 1;
        const id = count.toString(16).padStart(32, "0");
        response.writeHead(200, { "content-type": "application/json" });
        if (path.endsWith("/query")) {
          queries += 1;
          response.end(`{"resourceId":"r","sid":"${id}","serverResponse":{"status":5}}`);
        } else response.end(`{"resourceId":"r${id}","sid":"${id}"}`);
        if (!path.endsWith("/start")) return;
        const channel = /"cname":"([^"]*)"/.exec(Buffer.concat(chunks).toString())?.[1];
        if (channel !== undefined && !startedAtMs.has(channel)) startedAtMs.set(channel, performance.now());
      };
      if (answerMs === 0) answer();
      else setTimeout(answer, answerMs);
    });
  });
  // As long as any client keeps its connections: a reconnect would be part of somebody's start.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    startedAtMs,
    requestCount: () => count,
    queryCount: () => queries,
    answerAfter(ms) {
      answerMs = ms;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

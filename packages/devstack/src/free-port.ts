import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { DevstackError } from "./devstack-error.ts";

/**
 * A port of the loopback that nothing listens on, below the range that systems hand out to outgoing connections
 * (32 768 and up): a client that keeps connecting to a stopped broker's port in that range can end up connected to
 * itself, and then the broker cannot come back.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (await isFree(port)) return port;
  }
  throw new DevstackError(`no free port found between ${lowestPort} and ${highestPort} in ${attemptsMax} attempts`);
}

const lowestPort = 20_000;
const highestPort = 31_999;
const attemptsMax = 100;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * Calls `start` with a free port, again with another one when somebody else was quicker to take it: between the look
 * and the use of a port nothing reserves it.
 */
export async function withPortRetries<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let retriesLeft = portRetriesMax; ; retriesLeft--) {
    try {
      return await start(await freePort());
    } catch (err) {
      const taken = err instanceof DevstackError && /already in use|another (Kafka|Redis)/i.test(err.message);
      if (!taken || retriesLeft === 0) throw err;
    }
  }
}

const portRetriesMax = 2;

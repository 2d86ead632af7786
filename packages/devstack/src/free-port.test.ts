import { createServer } from "node:net";
import { expect, test } from "vitest";
import { DevstackError } from "./devstack-error.ts";
import { freePort, withPortRetries } from "./free-port.ts";

test("a free port can be listened on and is below the range of outgoing connections", async () => {
  const port = await freePort();
  expect(port).toBeLessThan(32_768);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => server.close(resolve));
});

test("a port that somebody took meanwhile is replaced by another one", async () => {
  const tried: number[] = [];
  const port = await withPortRetries(async (candidate) => {
    tried.push(candidate);
    if (tried.length === 1) throw new DevstackError("Address already in use");
    return candidate;
  });
  expect(tried).toHaveLength(2);
  expect(port).toBe(tried[1]);
});

test("retries end, and other failures are not retried", async () => {
  let calls = 0;
  const start = (message: string) => async (): Promise<number> => {
    calls++;
    throw new DevstackError(message);
  };
  await expect(withPortRetries(start("Address already in use"))).rejects.toThrow("in use");
  expect(calls).toBe(3);
  await expect(withPortRetries(start("no Java"))).rejects.toThrow("no Java");
  expect(calls).toBe(4);
});

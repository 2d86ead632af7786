import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { startSimulator } from "@autorec/simulator";
import { expect, test, vi } from "vitest";
import { z } from "zod";

const secret = "planted_secret_of_ncs";
const noticeSchema = z.looseObject({
  noticeId: z.string(),
  productId: z.literal(1),
  eventType: z.int(),
  payload: z.looseObject({ channelName: z.string() }),
});

/** As Agora's documents print it: HMAC of the raw body, hex, SHA-1 in the first header and SHA-256 in the second. */
function isSigned(body: string, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const hmac = (algorithm: string): string => createHmac(algorithm, secret).update(body, "utf8").digest("hex");
  return headers["agora-signature"] === hmac("sha1") && headers["agora-signature-v2"] === hmac("sha256");
}

test("a receiver that checks both signatures over the raw body, as Agora's documents tell, takes what the simulator sends", async () => {
  const notices: z.infer<typeof noticeSchema>[] = [];
  const refused: string[] = [];
  await using receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      if (!isSigned(body, request.headers)) {
        refused.push(body);
        response.writeHead(401).end();
        return;
      }
      notices.push(noticeSchema.parse(JSON.parse(body)));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const address = receiver.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await using simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ customerId: "id", customerSecret: "secret", apps: [{ appId: "0123456789abcdef0123456789abcdef" }] }],
      webhooks: [{ productId: 1, url: `http://127.0.0.1:${String(port)}/ncs`, secret }],
    },
  });
  await simulator.client.join({ channelName: "Besprechung Ü", uid: 7 });
  await vi.waitFor(() => {
    expect(notices.some(({ payload }) => payload.channelName === "Besprechung Ü")).toBe(true);
  }, 5_000);
  expect(refused).toEqual([]);
});

// Runs every flow of PyPI's agora-rest-client, unmodified, against a simulator: node test/clients/python/run.ts
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startSimulator } from "@autorec/simulator";
import { z } from "zod";
import { startAgoraFront } from "../../support/agora-front.ts";

const release = "agora-rest-client==0.2.0";
const run = promisify(execFile);
const flows = new URL("flows.py", import.meta.url).pathname;
const flowSchema = z.looseObject({ flow: z.string(), ok: z.boolean(), text: z.string().optional() });
const appId = "0123456789abcdef0123456789abcdef";

const folder = await mkdtemp(join(tmpdir(), "python-client-"));
try {
  const python = await installClient(folder);
  await using simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ customerId: "id", customerSecret: "secret", requestsPerSecond: 1_000, apps: [{ appId }] }],
      // This client spells its black lists with a small s.
      switches: { lowerCaseUnsubscribe: "accepted" },
    },
  });
  await simulator.client.join({ channelName: "room", uid: 1 });
  await using front = await startAgoraFront(simulator.baseUrl, folder);
  const shared = { APP_ID: appId, CUSTOMER: "id", SECRET: "secret", CHANNEL: "room" };
  const trust = { HTTPS_PROXY: front.proxyUrl, REQUESTS_CA_BUNDLE: front.caFile };
  for (const region of [undefined, "eu", "na"]) {
    const env = { ...process.env, ...shared, ...trust, ...(region === undefined ? {} : { SERVICE_REGION: region }) };
    const { stdout } = await run(python, [flows], { env, timeout: 300_000 });
    for (const line of stdout.trim().split("\n")) report(region ?? "none", flowSchema.parse(JSON.parse(line)));
  }
} finally {
  await rm(folder, { recursive: true });
}

function report(region: string, { flow, ok, text }: z.infer<typeof flowSchema>): void {
  if (!ok) process.exitCode = 1;
  process.stdout.write(`${ok ? "ok    " : "FAILED"}  service region ${region.padEnd(4)}  ${flow}  ${text ?? ""}\n`);
}

/** The interpreter of a fresh environment that has nothing but the client. */
async function installClient(parent: string): Promise<string> {
  const environment = join(parent, "venv");
  await run("python3", ["-m", "venv", environment]);
  const python = join(environment, "bin", "python");
  if (!existsSync(python)) throw new Error(`python3 -m venv made no ${python}; expected Python 3.9 or newer`);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", release]);
  return python;
}

import { type Simulator, startSimulator } from "@autorec/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testKafkaBrokers } from "../support/kafka.ts";
import { openDeployment, type ServiceDeployment } from "../support/service-deployment.ts";
import { type ServiceProcess, startService } from "../support/service-process.ts";

const patienceMs = 60_000;

let deployment: ServiceDeployment;
let simulator: Simulator;
let services: readonly ServiceProcess[] = [];

beforeAll(async () => {
  deployment = await openDeployment();
  const { appCertificate, appId, customerId, customerSecret } = deployment.secrets;
  simulator = await startSimulator({
    settings: {
      profile: "fast",
      accounts: [{ customerId, customerSecret, requestsPerSecond: 200, apps: [{ appId, appCertificate }] }],
    },
    kafka: { brokers: testKafkaBrokers().split(","), topic: `${deployment.prefix}.rtc.channel-events` },
    seed: 7,
  });
  const policy = await deployment.policy("presets.yaml", (text) =>
    text
      .replace("mode: individual", 'preset: web-page\n    web: { url: "https://a.example/{channel}" }')
      .replace("mode: mix", "preset: mix-best-fit\n    recordingConfig: { transcodingConfig: { fps: 30 } }")
      .replace("region: 0", 'fileNamePrefix: [autorec, "{date}", "{channel}"]')
      .replace("vendor: 11", "vendor: s3-compatible"),
  );
  const env = { ...deployment.env, AGORA_BASE_URL: simulator.baseUrl, AUTOREC_CONFIG: policy };
  services = [startService("consumer", env), startService("watchdog", env)];
  await Promise.all(services.map((service) => service.ready()));
});

afterAll(async () => {
  for (const service of services) service.signal("SIGTERM");
  await Promise.all(services.map((service) => service.ended));
  await simulator.close();
  await deployment.remove();
});

test("rules with presets record a channel's mix and a page with the channel's name, from the first join to the last leave", async () => {
  const { client } = simulator;
  const uids = { "Room 7": 1, "solo-page": 2 } as const;
  for (const [channelName, uid] of Object.entries(uids)) await client.join({ channelName, uid });
  const state = await client.waitFor(
    "one mix and one page that are recorded",
    ({ channels }) => channels.flatMap(({ recorders }) => recorders).filter(({ status }) => status === 5).length === 2,
    patienceMs,
  );
  const modes = state.channels.map(({ channelName, recorders }) => [channelName, ...recorders.map(({ mode }) => mode)]);
  expect(modes.toSorted()).toEqual([
    ["Room 7", "mix"],
    ["solo-page", "web"],
  ]);
  for (const [channelName, uid] of Object.entries(uids)) await client.leave({ channelName, uid });
  await client.waitFor("nobody left behind", ({ channels }) => channels.length === 0, patienceMs);
  for (const service of services) expect(service.output()).not.toContain("REC_API_CONFIG");
});

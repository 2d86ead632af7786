import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kafkaImage, redisImage } from "@autorec/devstack";
import { fastDurations, realDurations } from "@autorec/domain";
import { engineSections } from "@autorec/engine";
import { parseEnv } from "@autorec/service-kit";
import { durationsToEnv, loadPolicy } from "@autorec/settings";
import { parseSimulatorSettings } from "@autorec/simulator";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const root = new URL("../../", import.meta.url);
const textOf = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  restart: z.string().optional(),
  init: z.boolean().optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  env_file: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });

const composeText = textOf("docker-compose.yml");
const compose = composeSchema.parse(parse(composeText, { merge: true }));
const services = Object.entries(compose.services);
const workers = services.filter(([name]) => /^(?:consumer|watchdog)-/.test(name));
const dockerfile = textOf("Dockerfile");

const profiles = [
  { profile: "real", durations: realDurations, what: "Agora's real figures" },
  { profile: "fast", durations: fastDurations, what: "minutes become seconds" },
] as const;
type Profile = (typeof profiles)[number];

const demoAccount = {
  customerId: "demo-customer-id",
  customerSecret: "demo-customer-secret-not-secret",
  requestsPerSecond: 50,
  workersMax: 200,
  apps: [{ appId: "0123456789abcdef0123456789abcdef", appCertificate: "fedcba9876543210fedcba9876543210" }],
} as const;

test("docker-compose.yml runs Kafka, Redis, the simulator, two consumers and two watchdogs", () => {
  const names = services.map(([name]) => name);
  expect(names).toEqual(["kafka", "redis", "simulator", "consumer-1", "consumer-2", "watchdog-1", "watchdog-2"]);
});

test("its images are those of devstack, and everything else is built here", () => {
  expect(services.flatMap(([, { image }]) => image ?? [])).toEqual([kafkaImage, redisImage]);
  expect(services.filter(([, { image, build }]) => (image === undefined) === (build === undefined))).toEqual([]);
});

test("every program that it starts exists", () => {
  const mains = services.flatMap(([, { command = [] }]) => command.filter((word) => word.endsWith(".ts")));
  expect(mains).toHaveLength(5);
  for (const main of mains) expect(textOf(main)).not.toBe("");
});

test("every port that it publishes is open to this machine only", () => {
  const ports = services.flatMap((service) => service[1].ports);
  expect(ports).toEqual(["127.0.0.1:9092:9092", "127.0.0.1:8787:8787"]);
});

test.each(services)("%s is started again, and its health is known", (_name, service) => {
  expect(service.restart).toBe("unless-stopped");
  expect(service.healthcheck?.test.length).toBeGreaterThan(1);
});

test("it uses nothing that docker-compose 1.29 refuses", () => {
  expect(Object.keys(compose).filter((key) => !/^(?:x-.*|services|volumes)$/.test(key))).toEqual([]);
  expect(composeText).not.toMatch(/^\s*(?:start_interval|required|extends):/m);
});

test("a worker has time to drain before it is killed", () => {
  for (const [, service] of workers) {
    const { drainMs } = parseEnv(engineSections, service.environment).life;
    expect(Number.parseInt(service.stop_grace_period ?? "0", 10) * 1_000).toBeGreaterThan(drainMs);
  }
});

describe.each(profiles)("profile $profile", (profile) => {
  test("its files are what the sources generate (vitest -u writes them)", async () => {
    await expect(renderEnv(profile)).toMatchFileSnapshot(`../../examples/${profile.profile}.env`);
    await expect(renderSimulator(profile)).toMatchFileSnapshot(`../../examples/simulator.${profile.profile}.json`);
  });

  test.each(workers)("every variable of %s is known, and together they are enough to start", (_name, service) => {
    const env = { ...durationsToEnv(profile.durations), ...service.environment };
    expect(service.env_file).toBe("examples/${AUTOREC_PROFILE:-real}.env");
    expect(parseEnv(engineSections, env).durations).toEqual(profile.durations);
    expect(Object.keys(service.environment).filter((name) => !isRead(name))).toEqual([]);
  });

  test("the policy finds the simulator's account behind the environment", () => {
    const settings = parseSimulatorSettings(JSON.parse(textOf(`examples/simulator.${profile.profile}.json`)));
    for (const [, service] of workers) {
      const [app] = policyOf(service.environment, profile).apps.values();
      const { customerId, customerSecret, appId, appCertificate } = {
        ...app,
        customerSecret: app?.customerSecret.reveal(),
        appCertificate: app?.appCertificate?.reveal(),
      };
      expect(settings.accounts).toMatchObject([{ customerId, customerSecret, apps: [{ appId, appCertificate }] }]);
    }
  });
});

describe("Dockerfile", () => {
  test("the processes do not run as root", () => {
    const user = [...dockerfile.matchAll(/^USER (\d+):\d+$/gm)].at(-1)?.[1];
    expect(Number(user)).toBeGreaterThan(0);
  });

  test("Node and pnpm are the ones of the workspace", () => {
    const manifest = z.object({ packageManager: z.string() }).parse(JSON.parse(textOf("package.json")));
    const { catalog } = z
      .object({ catalog: z.object({ node: z.string() }) })
      .parse(parse(textOf("pnpm-workspace.yaml")));
    expect(/npm install --global.* (pnpm@\S+)/.exec(dockerfile)?.[1]).toBe(manifest.packageManager);
    expect(/NODE_IMAGE=node:(\d+)/.exec(dockerfile)?.[1]).toBe(catalog.node.split(".")[0]);
  });
});

/** A variable is read by a service, or by a reference in the policy. */
function isRead(name: string): boolean {
  const sections = Object.values(engineSections).map((section) => Object.keys(section.in.shape));
  return sections.flat().includes(name) || textOf("examples/simulator.autorec.yaml").includes(`\${env:${name}}`);
}

function policyOf(env: Readonly<Record<string, string>>, { durations }: Profile) {
  const path = "examples/simulator.autorec.yaml";
  return loadPolicy({ path, env, durations, readFile: textOf });
}

function renderEnv({ durations, profile, what }: Profile): string {
  const lines = Object.entries(durationsToEnv(durations)).map(([name, value]) => `${name}=${value}\n`);
  return `# Profile ${profile} of docker-compose.yml: ${what}. Generated from the sources, a test compares.\n${lines.join("")}`;
}

/** The simulator's side of a profile, with autorec's durations for whoever judges the history. */
function renderSimulator({ durations, profile }: Profile): string {
  const settings = { profile, accounts: [demoAccount], client: durations };
  // A list of numbers on one line, as Prettier has it.
  return `${JSON.stringify(settings, undefined, 2).replace(/\[[\s\d,]+\]/g, (list) => JSON.stringify(JSON.parse(list)).replaceAll(",", ", "))}\n`;
}

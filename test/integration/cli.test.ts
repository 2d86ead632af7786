import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDeployment, runCli } from "@autorec/cli";
import { createSessionStore } from "@autorec/session-store";
import { expect, onTestFinished, test } from "vitest";
import { startRedisCluster } from "../support/redis-cluster.ts";
import { randomPrefix, testRedisUrl } from "../support/redis.ts";
import { joined, openStoreFixture } from "../support/session-store.ts";
import type { StoreFixture } from "../support/session-store.ts";

const appId = "0123456789abcdef0123456789abcdef";
const policy = `apps:
  prod:
    appId: ${appId}
    customerId: customer
    customerSecret: "\${env:CUSTOMER_SECRET}"
    quota: { requestsPerSecond: 10, workers: 50 }
storages:
  archive:
    { vendor: 1, region: 0, bucket: bucket, accessKey: "\${env:STORAGE_KEY}", secretKey: "\${env:STORAGE_SECRET}" }
rules:
  - { name: lessons, match: { app: prod, channel: "class-*" }, mode: individual, storage: archive }
`;

interface Cli {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command as a person would; `answer` is what they type when they are asked. */
  readonly run: (line: string, answer?: string) => Promise<{ code: number; out: string; err: string }>;
}

async function openCli(): Promise<Cli & { readonly fixture: StoreFixture }> {
  const fixture = await openStoreFixture();
  const cli = await openCliOn({
    REDIS_URL: testRedisUrl(),
    AUTOREC_KEY_PREFIX: fixture.prefix,
    AUTOREC_SHARDS: "1",
  });
  return { fixture, ...cli };
}

async function openCliOn(redis: Readonly<Record<string, string>>): Promise<Cli> {
  const folder = await mkdtemp(join(tmpdir(), "autorec-cli-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "autorec.yaml"), policy);
  const env = {
    ...redis,
    AUTOREC_CONFIG: join(folder, "autorec.yaml"),
    AUTOREC_DEPLOYMENT_ID: "test",
    CUSTOMER_SECRET: "secret",
    STORAGE_KEY: "key",
    STORAGE_SECRET: "secret",
  };
  const run: Cli["run"] = async (line, answer) => {
    let [out, err] = ["", ""];
    const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const terminal = {
      out: (text: string) => void (out += `${text}\n`),
      err: (text: string) => void (err += `${text}\n`),
      isInteractive: answer !== undefined,
      ask: () => Promise.resolve(answer ?? ""),
      user: "alice",
    };
    try {
      return { code: await runCli({ args, terminal, open: () => openDeployment(env) }), out, err };
    } catch (error) {
      const code = error instanceof Error && "exitCode" in error ? Number(error.exitCode) : 70;
      return { code, out, err: err + String(error) };
    }
  };
  return { env, run };
}

test("a pause shows what it concerns, is asked for, and stands in Redis with author, reason and end", async () => {
  const { fixture, run } = await openCli();
  const { store } = fixture;
  await store.applyPresence({ appId, channelName: "class-1" }, { events: [joined(7, 1)] });
  await store.applyPresence({ appId, channelName: "other" }, { events: [joined(7, 1)] });
  const pause = 'pause --scope rule:lessons --mode hold-starts --until 30m --reason "Agora incident 1234"';
  const done = await run(pause, "y");
  expect(done).toMatchObject({ code: 0 });
  expect(done.err).toContain("concerns 1 channels");
  const { nowMs, switches } = await store.readControl();
  expect(switches).toMatchObject([
    { scope: { kind: "rule", rule: "lessons" }, mode: "holdStarts", author: "alice", reason: "Agora incident 1234" },
  ]);
  expect((switches[0]?.untilMs ?? 0) - nowMs).toBeGreaterThan(29 * 60_000);
  const status = await run("status -o json");
  expect(JSON.parse(status.out)).toMatchObject({
    paused: [{ mode: "holdStarts" }],
    audit: [{ action: "pause", target: "rule:lessons", author: "alice" }],
  });
  const resumed = await run("resume --scope rule:lessons --reason over --as bob -o json --yes");
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.out)).toMatchObject({ before: { mode: "holdStarts" } });
  expect((await run("status")).out).toMatch(/nothing is paused[^]*bob {2}resume rule:lessons {2}"over"/);
});

test("where nobody can be asked and --yes is missing nothing is done, exit 2; who says no changes nothing, exit 6", async () => {
  const { fixture, run } = await openCli();
  const pause = "pause --scope all --mode hold-starts --reason test";
  expect(await run(pause)).toMatchObject({ code: 2, out: "" });
  expect(await run(pause, "n")).toMatchObject({ code: 6, out: "" });
  expect((await fixture.store.readControl()).switches).toEqual([]);
  expect(await fixture.store.readAudit(5)).toEqual([]);
});

test("stopping all asks for the name of its scope, not for a yes", async () => {
  const { fixture, run } = await openCli();
  const pause = "pause --scope app:prod --mode stop-all --reason test";
  expect(await run(pause, "y")).toMatchObject({ code: 6 });
  expect((await fixture.store.readControl()).switches).toEqual([]);
  expect(await run(pause, "prod")).toMatchObject({ code: 0 });
  expect((await fixture.store.readControl()).switches).toMatchObject([{ scope: { kind: "app", app: "prod", appId } }]);
});

test.each([
  ["pause --scope all --mode hold-starts --yes", 2, "--reason"],
  ['pause --scope all --mode hold-starts --reason "" --yes', 2, "--reason"],
  ["pause --scope everything --mode hold-starts --reason x --yes", 2, "expected all, app:NAME"],
  ["pause --scope all --mode off --reason x --yes", 2, "hold-starts, hands-off, stop-all"],
  ["pause --scope all --mode hold-starts --until yesterday --reason x --yes", 2, "--until"],
  ["pause --scope all --mode hold-starts --until 2020-01-01T00:00:00Z --reason x --yes", 2, "over already"],
  ["pause --scope app:nobody --mode hold-starts --reason x --yes", 3, "it has prod"],
  ["pause --scope rule:nobody --mode hold-starts --reason x --yes", 3, "it has lessons"],
  ["pause --scope channel:nobody/c --mode hold-starts --reason x --yes", 3, "it has prod"],
  ["resume --scope all --reason x --yes", 3, "no switch is thrown for all"],
  ["rotate prod/unseen --reason x --yes", 3, "nobody was ever seen"],
  ["status -o yaml", 2, "text or json"],
  ["frobnicate", 2, "unknown command"],
])("%s ends with %i and changes nothing", async (line, code, words) => {
  const { fixture, run } = await openCli();
  const done = await run(line);
  expect([done.code, done.out]).toEqual([code, ""]);
  expect(done.err).toContain(words);
  expect(await fixture.store.readAudit(5)).toEqual([]);
});

test("an order for a channel without the recorder that it needs is refused, exit 6; a retry is left as a fact and audited", async () => {
  const { fixture, run } = await openCli();
  const { key, redis, store } = fixture;
  const ref = { appId, channelName: "class-1" };
  await store.applyPresence(ref, { events: [joined(7, 1)] });
  expect(await run("rotate prod/class-1 --reason x --yes")).toMatchObject({ code: 6 });
  expect(await run("adopt prod/class-1 --attempt 1 --sid abc --reason x --yes")).toMatchObject({ code: 3 });
  expect(await run("retry prod/class-1 --reason fixed --yes")).toMatchObject({ code: 0 });
  const fields = await redis.hkeys(key("ch", ref));
  expect(fields.filter((field) => field.startsWith("fact."))).toEqual(["fact.1.retry.-"]);
  expect(await store.readAudit(5)).toMatchObject([
    { action: "retry", target: "channel:prod/class-1", reason: "fixed" },
  ]);
});

test("the command itself refuses without a terminal, and says 5 when Redis does not answer", async () => {
  const { env } = await openCli();
  const main = new URL("../../packages/cli/src/main.ts", import.meta.url).pathname;
  const start = (over: Readonly<Record<string, string>>): Promise<{ code: unknown; err: string }> =>
    new Promise((resolve) => {
      const args = [main, "pause", "--scope", "all", "--mode", "hold-starts", "--reason", "x"];
      execFile(process.execPath, args, { env: { ...env, ...over } }, (error, _out, err) => {
        resolve({ code: error?.code ?? 0, err });
      });
    });
  const [unasked, unreachable] = await Promise.all([start({}), start({ REDIS_URL: "redis://127.0.0.1:1" })]);
  expect(unasked.code, unasked.err).toBe(2);
  expect(unasked.err).toContain("--yes");
  expect(unreachable.code, unreachable.err).toBe(5);
});

test("in a Redis Cluster an order reaches the channels of every node, whichever node is named", async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.close());
  const [named] = cluster.servers;
  const prefix = randomPrefix();
  const shardCount = 16;
  const { run } = await openCliOn({
    REDIS_URL: `${named?.url ?? ""}?cluster=true`,
    AUTOREC_KEY_PREFIX: prefix,
    AUTOREC_SHARDS: String(shardCount),
  });
  const store = createSessionStore({ redis: { url: "redis://unused" }, nodes: cluster.nodes, prefix, shardCount });
  onTestFinished(() => store.close());
  for (let i = 0; i < 32; i += 1)
    await store.applyPresence({ appId, channelName: `class-${String(i)}` }, { events: [joined(7, 1)] });
  const paused = await run('pause --scope rule:lessons --mode hold-starts --reason "Agora incident 1234"', "y");
  expect(paused).toMatchObject({ code: 0 });
  expect(paused.err).toContain("concerns 32 channels");
  expect((await store.readControl()).switches).toMatchObject([{ mode: "holdStarts" }]);
});

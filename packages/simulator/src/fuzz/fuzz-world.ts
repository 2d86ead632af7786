import { matchRoute } from "../api/route.ts";
import { valueAt } from "../core/requests/json-value.ts";
import { migrateRecorder } from "../core/migrate-recorder.ts";
import { killRecorder } from "../core/recorders.ts";
import { simulatorSwitchesSchema } from "../settings/switches.ts";
import { changeSettings } from "../settings/simulator-settings.ts";
import { createSimulatedAgora, startRequest } from "../testing/simulated-agora.ts";
import { createRandom } from "../time/random.ts";
import type { Random } from "../time/random.ts";
import { undocumentedIn } from "./documented-answer.ts";
import { pick } from "./mutate-json.ts";
import type { FuzzRequest, KnownRecording } from "./request-source.ts";
import { mutatedRequest, startClientRequest, validRequest } from "./request-source.ts";

export interface FuzzReport {
  readonly requests: number;
  /** How often which status with which code was answered. */
  readonly answers: ReadonlyMap<string, number>;
  /** Undocumented answers and thrown errors, with the request that made them; at most 20 are kept. */
  readonly failures: readonly string[];
}

/**
 * Sends mutated requests to a service in this process, on time that moves with them, with people, recordings, migrations
 * and every switch changing in between. The same seed does the same.
 */
export async function fuzzWorld(options: { readonly seed: number; readonly count: number }): Promise<FuzzReport> {
  const random = createRandom(options.seed);
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let agora = createWorldOf(random);
  let recordings = await startSome(agora, random);
  for (let sent = 0; sent < options.count; sent += 1) {
    if (sent % 250 === 249) {
      agora = createWorldOf(random);
      recordings = await startSome(agora, random);
    }
    disturb(agora, random);
    const known = pick(random, recordings) ?? nobody;
    const request = mutatedRequest(random, validRequest(random, known));
    const outcome = await send(agora, request);
    learn(random, recordings, { known, outcome });
    answers.set(outcome.answer, (answers.get(outcome.answer) ?? 0) + 1);
    if (outcome.failure !== undefined && failures.length < 20) {
      failures.push(`${outcome.failure}\n${JSON.stringify(request).slice(0, 2_000)}`);
    }
  }
  return { requests: options.count, answers, failures };
}

type Agora = ReturnType<typeof createSimulatedAgora>;
const nobody: KnownRecording = { resourceId: "r", sid: "s", mode: "mix", cname: "room", uid: "7" };

function createWorldOf(random: Random): Agora {
  return createSimulatedAgora({
    limits: { requestsPerSecond: 1_000_000, workersMax: random.next() < 0.1 ? 2 : 1_000 },
    ...(random.next() < 0.2 ? { appCertificate: "5cfd2fd1755d40ecb72977518be15d3b" } : {}),
    observers: random.next() < 0.5 ? [() => undefined] : [],
  });
}

async function startSome(agora: Agora, random: Random): Promise<KnownRecording[]> {
  const recordings: KnownRecording[] = [];
  for (const [index, mode] of ["mix", "individual", "web", "mix", "individual", "web"].entries()) {
    const uid = 100 + index;
    const acquired = await agora.acquire(uid, { scene: mode === "web" ? 1 : 0 });
    const resourceId = String(acquired.body["resourceId"]);
    const request = startRequest(resourceId, uid, { mode });
    const body = { cname: "room", uid: String(uid), clientRequest: startClientRequest(random, mode) };
    const started = await agora.call({ ...request, body });
    const sid = started.body["sid"];
    recordings.push({ resourceId, mode, cname: "room", uid: String(uid), sid: typeof sid === "string" ? sid : "s" });
  }
  return recordings;
}

/** What goes on while requests come in. */
function disturb(agora: Agora, random: Random): void {
  const uid = random.between(1, 20);
  const recording = pick(random, [...agora.world.open]);
  switch (random.between(0, 60)) {
    case 0:
      agora.join(uid, random.next() < 0.5 ? "host" : "audience", pick(random, ["both", "audio", "video", "nothing"]));
      return;
    case 1:
      agora.leave(uid);
      return;
    case 2:
      agora.scheduler.advance(random.between(1, 3_000));
      return;
    case 3:
      if (recording?.phase.name === "live") {
        migrateRecorder(agora.world, recording, { windowMs: random.between(1, 2_000), silent: random.next() < 0.5 });
      }
      return;
    case 4:
      if (recording !== undefined && random.next() < 0.2) killRecorder(agora.world, recording, random.next() < 0.5);
      return;
    case 5:
      flipSwitch(agora, random);
      return;
    default:
      return;
  }
}

function flipSwitch(agora: Agora, random: Random): void {
  const [name, position] = pick(random, positions) ?? [];
  if (name === undefined) return;
  agora.world.settings = changeSettings(agora.world.settings, { switches: { [name]: position } });
}

/** Every position of every switch, whatever kind it is of: true and false, words, numbers. */
const positions = Object.entries(simulatorSwitchesSchema.shape).flatMap(([name, schema]) =>
  [true, false, ...wordsAndNumbers(schema)]
    .filter((position) => schema.safeParse(position).success)
    .map((position) => [name, position] as const),
);

function wordsAndNumbers(schema: { readonly toJSONSchema: () => unknown }): readonly (string | number)[] {
  const found = JSON.stringify(schema.toJSONSchema()).match(/"(?:[^"\\]|\\.)*"|\d+/g) ?? [];
  return found.map((text) => (text.startsWith('"') ? text.slice(1, -1) : Number(text)));
}

/** Ids that were given out are used by later requests: a resource is started, a recording asked for. */
function learn(
  random: Random,
  recordings: KnownRecording[],
  { known, outcome }: { readonly known: KnownRecording; readonly outcome: Outcome },
): void {
  const { resourceId, sid } = outcome;
  if (resourceId === undefined || recordings.some((other) => other.sid === sid)) return;
  const learnt = { ...known, resourceId, sid: sid ?? "s" };
  if (recordings.length < 20) recordings.push(learnt);
  else recordings[random.between(0, recordings.length - 1)] = learnt;
}

interface Outcome {
  readonly answer: string;
  readonly failure?: string;
  readonly resourceId?: string;
  readonly sid?: string;
}

async function send(agora: Agora, request: FuzzRequest): Promise<Outcome> {
  try {
    const { call } = matchRoute(request, agora.world.settings.switches);
    const reply = agora.begin({ ...request, body: request.bodyText });
    agora.scheduler.advance(0);
    // A synchronous stop answers when its upload is done.
    agora.scheduler.advance(agora.world.settings.durations.syncStopLimitMs);
    const outcome = await reply;
    if (outcome.kind !== "answer") return { answer: outcome.kind, failure: `no answer but ${outcome.kind}` };
    const { status, requestId } = outcome;
    // As it would go over the wire.
    const body: unknown = JSON.parse(JSON.stringify(outcome.body));
    const answer = `${call} ${String(status)}/${codeOf(body)}`;
    const problem = undocumentedIn(call, { status, body });
    if (problem !== undefined) return { answer, failure: `${answer}: ${problem}\n${JSON.stringify(body)}` };
    if (!/^[0-9a-f]{32}$/.test(requestId)) return { answer, failure: `${answer}: no request id` };
    return { answer, ...idsOf(body) };
  } catch (err) {
    return { answer: "thrown", failure: err instanceof Error ? (err.stack ?? err.message) : String(err) };
  }
}

function idsOf(body: unknown): { readonly resourceId?: string; readonly sid?: string } {
  const [resourceId, sid] = [valueAt(body, ["resourceId"]), valueAt(body, ["sid"])];
  return {
    ...(typeof resourceId === "string" ? { resourceId } : {}),
    ...(typeof sid === "string" ? { sid } : {}),
  };
}

function codeOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  if ("code" in body) return String(body.code);
  return "message" in body ? String(body.message) : "ok";
}

import { Pool } from "undici";
import { z } from "zod";
import { account } from "./simulator-process.ts";

interface LiveRecording {
  readonly cname: string;
  readonly uid: string;
  readonly path: string;
}

/** The recordings that are live, and the connections to their simulator. */
export interface Fleet {
  readonly live: LiveRecording[];
  readonly pool: Pool;
  started: number;
  turn: number;
  readonly close: () => Promise<void>;
}

const connections = 64;
const authorization = `Basic ${Buffer.from(`${account.customerId}:${account.customerSecret}`).toString("base64")}`;
const root = `/v1/apps/${account.appId}/cloud_recording`;
const startRequest = {
  recordingConfig: {
    channelType: 0,
    maxIdleTime: 2_592_000,
    transcodingConfig: { width: 640, height: 360, fps: 15, bitrate: 500 },
  },
  recordingFileConfig: { avFileType: ["hls"] },
  storageConfig: { vendor: 1, region: 7, bucket: "b", accessKey: "ak", secretKey: "sk", fileNamePrefix: ["a", "b"] },
};
const change = { streamSubscribe: { audioUidList: { subscribeAudioUids: ["#allstream#"] } } };
const idsSchema = z.object({ resourceId: z.string(), sid: z.string().optional() });

export function newFleet(url: string): Fleet {
  const pool = new Pool(url, { connections, pipelining: 1 });
  return { live: [], pool, started: 0, turn: 0, close: () => pool.close() };
}

/** Starts recordings, each in a channel of its own, until so many are live; somebody is in every tenth channel. */
export async function fillTo(fleet: Fleet, size: number): Promise<void> {
  let wanted = size - fleet.live.length;
  await inParallel(async () => {
    if (wanted <= 0) return false;
    wanted -= 1;
    await startOne(fleet);
    return true;
  });
}

/** 80 % queries, 5 % each of acquire, start and stop, 5 % updates. */
export async function sendMixed(
  fleet: Fleet,
  count: number,
): Promise<{ readonly p99Ms: number; readonly count: number }> {
  const tookMs: number[] = [];
  const timed = async (send: () => Promise<unknown>): Promise<void> => {
    const fromMs = performance.now();
    await send();
    tookMs.push(performance.now() - fromMs);
  };
  let sent = 0;
  await inParallel(async () => {
    if (sent >= count) return false;
    fleet.turn += 1;
    const at = (fleet.turn * 7_919) % fleet.live.length;
    const recording = fleet.live[at];
    if (recording === undefined) throw new Error("nothing is live");
    // Of 18 turns one replaces a recording by three requests.
    const kind = fleet.turn % 18;
    if (kind === 0) {
      sent += 3;
      const last = fleet.live.pop();
      if (last !== undefined && at < fleet.live.length) fleet.live[at] = last;
      await timed(() =>
        post(fleet, `${recording.path}/stop`, { ...idsOf(recording), clientRequest: { async_stop: true } }, [200, 206]),
      );
      const fromMs = performance.now();
      await startOne(fleet);
      tookMs.push((performance.now() - fromMs) / 2);
    } else if (kind === 9) {
      sent += 1;
      // 404: another connection has just stopped this one.
      const body = { ...idsOf(recording), clientRequest: change };
      await timed(() => post(fleet, `${recording.path}/update`, body, [200, 404]));
    } else {
      sent += 1;
      await timed(() => send(fleet, "GET", `${recording.path}/query`, undefined, [200]));
    }
    return true;
  });
  tookMs.sort((a, b) => a - b);
  return { p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN, count: sent };
}

async function startOne(fleet: Fleet): Promise<void> {
  const number = fleet.started;
  fleet.started += 1;
  const ids = { cname: `room-${String(number)}`, uid: "900000001" };
  if (number % 10 === 0) await post(fleet, "/admin/participants/join", { channelName: ids.cname, uid: 7 }, [200]);
  const acquired = idsSchema.parse(await post(fleet, `${root}/acquire`, { ...ids, clientRequest: {} }, [200]));
  const resource = `${root}/resourceid/${acquired.resourceId}`;
  const body = { ...ids, clientRequest: startRequest };
  const { sid = "" } = idsSchema.parse(await post(fleet, `${resource}/mode/mix/start`, body, [200]));
  fleet.live.push({ ...ids, path: `${resource}/sid/${sid}/mode/mix` });
}

function idsOf({ cname, uid }: LiveRecording): { readonly cname: string; readonly uid: string } {
  return { cname, uid };
}

function post(fleet: Fleet, path: string, body: unknown, expected: readonly number[]): Promise<unknown> {
  return send(fleet, "POST", path, body, expected);
}

async function send(
  { pool }: Fleet,
  method: "GET" | "POST",
  path: string,
  body: unknown,
  expected: readonly number[],
): Promise<unknown> {
  const headers = { authorization, "content-type": "application/json" };
  const answer = await pool.request({
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  if (expected.includes(answer.statusCode)) return JSON.parse(text);
  throw new Error(`${method} ${path} was answered ${String(answer.statusCode)} ${text}`);
}

/** As many at a time as there are connections, until one says that there is nothing left. */
async function inParallel(next: () => Promise<boolean>): Promise<void> {
  const lane = async (): Promise<void> => {
    while (await next());
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

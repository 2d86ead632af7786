import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A simulator in a process of its own, on one core, whose costs can be read from outside. */
export interface MeasuredSimulator {
  readonly url: string;
  /** User and system time since its start. */
  readonly cpuMs: () => number;
  readonly rssBytes: () => number;
  /** After a full garbage collection. */
  readonly heapBytes: () => Promise<number>;
  readonly end: () => Promise<void>;
}

export const account = { appId: "0123456789abcdef0123456789abcdef", customerId: "id", customerSecret: "secret" };

const main = new URL("../../packages/simulator/src/main.ts", import.meta.url).pathname;
const tellHeap = `process.on("SIGUSR2",()=>{globalThis.gc();console.log("heap "+process.memoryUsage().heapUsed)})`;

/** Unlimited, answering at once, with a history on the disk, as a real one has. */
export async function startMeasuredSimulator(folder: string): Promise<MeasuredSimulator> {
  const settingsFile = join(folder, "settings.json");
  const { appId, customerId, customerSecret } = account;
  const limits = { requestsPerSecond: 1_000_000, workersMax: 1_000_000 };
  const durations = { answerMs: { min: 0, max: 0 }, syncStopUploadMs: 0 };
  const accounts = [{ customerId, customerSecret, ...limits, apps: [{ appId }] }];
  await writeFile(settingsFile, JSON.stringify({ accounts, durations }));
  const node = ["--expose-gc", "--import", `data:text/javascript,${encodeURIComponent(tellHeap)}`, main];
  const args = ["--settings", settingsFile, "--port", "0", "--history", join(folder, "history.jsonl")];
  const onOneCore = ["-c", "0", process.execPath, ...node, ...args];
  const child = spawn("taskset", onOneCore, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const lineWith = async (form: RegExp): Promise<string> => {
    for (;;) {
      const line = (await once(lines, "line")).map(String).join("");
      const found = form.exec(line)?.[1];
      if (found !== undefined) return found;
    }
  };
  const url = await lineWith(/ready on (\S+)/);
  const pid = String(child.pid);
  return {
    url,
    cpuMs: () => {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // Clock ticks of 10 ms.
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    rssBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024,
    heapBytes: async () => {
      const told = lineWith(/^heap (\d+)/);
      child.kill("SIGUSR2");
      return Number(await told);
    },
    end: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

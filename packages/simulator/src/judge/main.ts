import { parseArgs } from "node:util";
import { judgeHistory } from "./judge-history.ts";
import { HistoryFileError, readHistory } from "./read-history.ts";
import { formatSummary } from "./summary.ts";

const usage =
  "usage: node packages/simulator/src/judge/main.ts FILE [--json]   judges a simulator's history; exit 1 = an invariant was broken";

process.exitCode = await judgeFile(process.argv.slice(2));

async function judgeFile(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [path] = positionals;
    if (path === undefined || positionals.length !== 1) throw new TypeError("expected exactly one history file");
    const judgement = judgeHistory(await readHistory(path));
    const text = values.json
      ? JSON.stringify({ ...judgement, historyPath: path }, undefined, 2)
      : formatSummary(judgement, path);
    process.stdout.write(`${text}\n`);
    return judgement.violations.length === 0 ? 0 : 1;
  } catch (err) {
    const message = err instanceof Error ? err.message : String(err);
    process.stderr.write(err instanceof HistoryFileError ? `${message}\n` : `${message}\n${usage}\n`);
    return 2;
  }
}

import type { CallReport } from "@autorec/recording-api";
import { createMetrics } from "@autorec/service-kit";
import { expect, test } from "vitest";
import { reportCalls } from "./report-calls.ts";

const foreseen: CallReport = {
  call: "query",
  outcome: "alive",
  reason: "ok",
  durationMs: 12,
  host: "https://api.agora.io",
  httpStatus: 200,
};
const unforeseen: CallReport = {
  ...foreseen,
  outcome: "unknown",
  reason: "refused",
  httpStatus: 418,
  unforeseen: true,
  excerpt: "<html>teapot",
};

function example() {
  const metrics = createMetrics({ version: "1", apps: ["a"], accounts: ["a"], scripts: [], processMetrics: false });
  const lines: unknown[] = [];
  const log = {
    debug: (...line: readonly unknown[]): void => void lines.push(["debug", ...line]),
    warn: (...line: readonly unknown[]): void => void lines.push(["warn", ...line]),
  };
  return { metrics, lines, report: reportCalls({ log, metrics }) };
}

test("an answer that nobody foresaw is counted under its call and logged with its excerpt", async () => {
  const { metrics, lines, report } = example();
  report(unforeseen);
  report({ ...unforeseen, call: "stop" });
  report(unforeseen);
  const text = await metrics.registry.metrics();
  expect(text).toContain('autorec_agora_unforeseen_answers_total{call="query"} 2');
  expect(text).toContain('autorec_agora_unforeseen_answers_total{call="stop"} 1');
  expect(text).toContain('autorec_agora_unforeseen_answers_total{call="start"} 0');
  expect(lines[0]).toEqual(["warn", unforeseen, "unforeseen answer of agora kept"]);
});

test("a documented answer is not counted as unforeseen", async () => {
  const { metrics, lines, report } = example();
  report(foreseen);
  expect(await metrics.registry.metrics()).toContain('autorec_agora_unforeseen_answers_total{call="query"} 0');
  expect(lines).toEqual([["debug", foreseen, "agora called"]]);
});

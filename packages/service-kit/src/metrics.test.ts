import perfHooks from "node:perf_hooks";
import { expect, test, vi } from "vitest";
import { createMetrics } from "./metrics.ts";

const names = [
  "agora_requests_total",
  "agora_request_duration_seconds",
  "agora_unforeseen_answers_total",
  "events_total",
  "event_age_seconds",
  "consumer_lag_records",
  "consumer_last_commit_timestamp_seconds",
  "schedule_delay_seconds",
  "reconciles_total",
  "reconcile_duration_seconds",
  "redis_script_duration_seconds",
  "outbox_oldest_age_seconds",
  "attempts_total",
  "restarts_total",
  "billed_seconds_max_total",
  "join_to_accepted_seconds",
  "join_to_confirmed_seconds",
  "stop_to_confirmed_seconds",
  "channels",
  "recorders",
  "paused",
  "quota_workers_limit",
  "quota_workers_used",
  "quota_requests_per_second_limit",
  "quota_waiting",
  "quota_oldest_wait_seconds",
  "quota_wait_seconds",
  "draining",
  "drain_duration_seconds",
  "build_info",
  "config_hash_info",
].map((name) => `autorec_${name}`);

const closedLabels =
  "account app call class outcome reason source result partition script slot mode state scope sid version hash le".split(
    " ",
  );

function example() {
  return createMetrics({
    version: "1",
    apps: ["prod", "test"],
    accounts: ["prod"],
    scripts: ["claim-due"],
    processMetrics: false,
  });
}

test("exactly the agreed metrics are declared", async () => {
  expect((await example().registry.getMetricsAsJSON()).map((metric) => metric.name).sort()).toEqual([...names].sort());
});

test("no series has a label outside the closed list, and a process stays below 2,000 series", async () => {
  const text = await example().registry.metrics();
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const labels = new Set(series.flatMap((line) => [...line.matchAll(/([a-z_]+)="/g)].map((match) => match[1] ?? "")));
  expect([...labels].filter((label) => !closedLabels.includes(label))).toEqual([]);
  expect(series.length).toBeLessThan(2_000);
});

test("what an alert watches is there with zero before it ever happened", async () => {
  const text = await example().registry.metrics();
  expect(text).toContain(
    'autorec_agora_requests_total{account="prod",call="query",outcome="unknown",reason="throttled"} 0',
  );
  expect(text).toContain('autorec_agora_unforeseen_answers_total{call="start"} 0');
  expect(text).toContain('autorec_events_total{source="agora",result="dead_letter"} 0');
  expect(text).toContain('autorec_channels{app="test",state="uncovered"} 0');
  expect(text).toContain('autorec_recorders{app="prod",state="ghost"} 0');
  expect(text).toContain('autorec_join_to_confirmed_seconds_count{app="prod",mode="mix"} 0');
});

test("two sets of metrics in one process do not disturb each other", async () => {
  const [first, second] = [example(), example()];
  first.draining.set(1);
  expect((await second.draining.get()).values[0]?.value).toBe(0);
});

test("the delay of the event loop is measured twenty times a second: a timer that wakes an idle process costs more than it tells", () => {
  const monitor = vi.spyOn(perfHooks, "monitorEventLoopDelay");
  try {
    createMetrics({ version: "1", apps: [], accounts: [], scripts: [] });
    expect(monitor.mock.calls).toEqual([[{ resolution: 50 }]]);
  } finally {
    monitor.mockRestore();
  }
});

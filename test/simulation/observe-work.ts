import type { Attempt } from "@autorec/domain";
import type { ReconcileObserver } from "@autorec/reconciler";
import type { Judge } from "./judge.ts";
import type { SimProcess } from "./sim-process.ts";

type Decided = Parameters<ReconcileObserver["decided"]>[0];

/** Shows the judge, and who reads a trace, what the reconciler of one process does. */
export function observeWork(
  process: SimProcess,
  options: {
    readonly judge: Judge;
    readonly say: (line: () => string) => void;
    readonly nowMs: () => number;
    readonly decided: (step: Decided) => void;
    readonly onCell: ReconcileObserver["cell"];
  },
): ReconcileObserver {
  const { decided, judge, nowMs, onCell, say } = options;
  return {
    decided: (step) => {
      decided(step);
      judge.decided(step.ref.channelName);
      say(() => `${process.id} ${step.ref.channelName}: ${inWords(step, nowMs())}`);
    },
    alarm: (ref, alarm) => say(() => `${process.id} ${ref.channelName}: alarm ${alarm.alarm} (${alarm.detail})`),
    called: () => undefined,
    leaseLost: (ref) => say(() => `${process.id} ${ref.channelName}: lease lost`),
    failed: (ref, err) => {
      judge.failed(err);
      say(() => `${process.id} ${ref.channelName}: failed, ${err instanceof Error ? err.message : String(err)}`);
    },
    ...(onCell === undefined ? {} : { cell: onCell }),
  };
}

function inWords({ before, input, decision }: Decided, nowMs: number): string {
  const { calls, dueAtMs, record } = decision;
  const changes = Object.values(record.attempts).filter((attempt) => before.attempts[attempt.n] !== attempt);
  const answer = "answer" in input ? ` ${input.answer.outcome}` : "";
  const parts = [
    input.kind === "look" ? "look" : `${input.kind} of ${String(input.n)}${answer}`,
    `want ${record.want.on ? "on" : "off"} (${record.want.cause})`,
    changes.map(shown).join(", "),
    calls.length === 0 ? "" : `calls ${calls.map((call) => `${call.call} ${String(call.n)}`).join(", ")}`,
    dueAtMs === undefined ? "due never" : `due in ${String(dueAtMs - nowMs)} ms`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function shown(attempt: Attempt): string {
  const flags = [
    attempt.n404 > 0 ? `${String(attempt.n404)}×404` : "",
    attempt.stopAckAtMs === undefined ? "" : "stop accepted",
    attempt.cause ?? "",
  ].filter((flag) => flag !== "");
  return `${String(attempt.n)} ${attempt.st}${flags.length === 0 ? "" : ` (${flags.join(", ")})`}`;
}

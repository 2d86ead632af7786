import type { Action } from "./action.ts";

/** What happens, for people; undefined for what the table shows anyway. */
export function describeAction(action: Action): string | undefined {
  switch (action.kind) {
    case "join":
    case "leave":
      return undefined;
    case "kill":
      return `✗ recorder of ${action.channel} killed${action.silent ? ", silently: no leave event" : ""}`;
    case "migrate":
      return `⇄ Agora moves the recorder of ${action.channel} to another machine`;
    case "lose-start-answer":
      return `✗ the answer of the next start in ${action.channel} gets lost: its recorder becomes a ghost`;
    case "copies":
      return action.copies > 1 ? `≡ a burst of events, each delivered ${String(action.copies)} times` : undefined;
    case "process":
      return processWords(action);
    case "broker":
      return action.fault === "stop" ? "✗ Kafka stops" : "✓ Kafka starts";
  }
}

function processWords({ target, fault }: Extract<Action, { readonly kind: "process" }>): string {
  switch (fault) {
    case "kill":
    case "kill-mid-start":
      return `✗ ${target} killed by SIGKILL`;
    case "pause":
      return `‖ ${target} paused by SIGSTOP`;
    case "resume":
      return `▸ ${target} resumed`;
    case "start":
      return `✓ ${target} started again`;
  }
}

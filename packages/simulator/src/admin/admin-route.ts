import type { z } from "zod";
import type { NewHistoryLine, World } from "../core/world.ts";
import type { FaultBook } from "../faults/fault-book.ts";
import type { ScenarioPlayer } from "../scenario/play-scenario.ts";
import type { SimulatorState } from "../client/simulator-client.ts";
import type { ReceiverCheck } from "../webhooks/check-receiver.ts";

/** What the orders of the admin API work on. */
export interface AdminService {
  readonly world: World;
  readonly faults: FaultBook;
  readonly record: (line: NewHistoryLine) => void;
  readonly state: () => SimulatorState;
  readonly checkWebhooks: () => Promise<readonly ReceiverCheck[]>;
  readonly scenarios: ScenarioPlayer;
}

/** One call of the admin API: what it is asked, what it answers, what it does. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly name: string;
  readonly does: string;
  readonly body?: z.ZodType | undefined;
  /** Default application/json. */
  readonly bodyType?: string | undefined;
  readonly answer: z.ZodType;
  /** When it answers 404. */
  readonly missing?: string | undefined;
  /** The body as text: each route reads it by its schema. */
  readonly handle: (service: AdminService, request: AdminRequest) => unknown;
}

export interface AdminRequest {
  readonly bodyText: string;
  readonly params: Readonly<Record<string, string>>;
}

import { createGateway } from "../api/gateway.ts";
import type { Reply } from "../api/handle-request.ts";
import { handleRequest } from "../api/handle-request.ts";
import type { JoinOrder } from "../core/participants.ts";
import { changeRole, joinParticipant, leaveParticipant } from "../core/participants.ts";
import type { MediaPort, RecordingObserver } from "../core/recording-moment.ts";
import type { Announcement, NewHistoryLine, World } from "../core/world.ts";
import { createWorld } from "../core/world.ts";
import type { FaultOrderInput } from "../faults/fault-order.ts";
import { faultOrderSchema } from "../faults/fault-order.ts";
import { createFaultBook } from "../faults/fault-book.ts";
import type { SimulatorSettings, SimulatorSettingsInput } from "../settings/simulator-settings.ts";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";
import { createAgoraCalls } from "./agora-calls.ts";
import type { Answer } from "./answer.ts";
import { answerOf } from "./answer.ts";
import type { Request } from "./sample-requests.ts";
import { appId, channelName, customerSecret, otherAppId, toRawRequest } from "./sample-requests.ts";

// One import gives a test the service, what it sends to it, and how it reads the answer.
export type { StartedRecording } from "./agora-calls.ts";
export { responseOf, statusOf } from "./answer.ts";
export { mixPlan } from "./mix-plan.ts";
export type { StartOptions } from "./sample-requests.ts";
export {
  acquirePath,
  appId,
  basic,
  clientRequest,
  controlPath,
  customerSecret,
  extensionServices,
  otherAppId,
  startRequest,
  stopRequest,
} from "./sample-requests.ts";

type ServiceSettings = Partial<Omit<SimulatorSettingsInput, "accounts">> & {
  readonly limits?: { readonly requestsPerSecond?: number; readonly burst?: number; readonly workersMax?: number };
  readonly appCertificate?: string;
  readonly service?: "enabled" | "notEnabled" | "inactive";
};

export type SettingsPatch = ServiceSettings & {
  /** Of everything that chance decides. Default 1. */
  readonly seed?: number;
  readonly observers?: readonly RecordingObserver[];
  readonly media?: MediaPort;
  /** Told of every line of the history, and of every announcement. */
  readonly onRecord?: (line: NewHistoryLine) => void;
  readonly onAnnounce?: (announcement: Announcement) => void;
};

/** The whole service without server and files, on time that moves by `advance` alone. */
export function createSimulatedAgora(patch: SettingsPatch = {}) {
  const { seed = 1, observers, media, onRecord, onAnnounce, ...chosen } = patch;
  const scheduler = createManualScheduler(1_700_000_000_000);
  const lines: NewHistoryLine[] = [];
  const announcements: Announcement[] = [];
  const record = (line: NewHistoryLine): void => {
    lines.push(line);
    onRecord?.(line);
  };
  const world: World = createWorld({
    settings: settingsOf(chosen),
    scheduler,
    random: createRandom(seed),
    record,
    announce: (announcement) => {
      announcements.push(announcement);
      onAnnounce?.(announcement);
    },
    observers,
    media,
  });
  const faults = createFaultBook({ scheduler, random: createRandom(2), record });
  const service = { world, gateway: createGateway(world), faults };

  const begin = (request: Request): Promise<Reply> => handleRequest(service, toRawRequest(request));
  const call = async (request: Request, waitMs = 0): Promise<Answer> => {
    const reply = begin(request);
    // The answer is planned for "now": a step of no length lets it out.
    scheduler.advance(waitMs);
    return answerOf(await reply);
  };

  return {
    world,
    scheduler,
    lines,
    announcements,
    begin,
    call,
    faults,
    kinds: (): readonly string[] => lines.map((line) => ("cause" in line ? `${line.kind} ${line.cause}` : line.kind)),
    arm: (order: FaultOrderInput): string => faults.arm(faultOrderSchema.parse(order)),
    ...participantsOf(world),
    ...createAgoraCalls(call),
  };
}

/** The fast profile with the first account as chosen, and a stranger's beside it. */
function settingsOf({ limits, appCertificate, service = "enabled", ...rest }: ServiceSettings): SimulatorSettings {
  return parseSimulatorSettings({
    profile: "fast",
    ...rest,
    accounts: [
      {
        customerId: "customer",
        customerSecret,
        requestsPerSecond: 1_000,
        ...limits,
        apps: [{ appId, service, ...(appCertificate === undefined ? {} : { appCertificate }) }],
      },
      { customerId: "stranger", customerSecret: "strangers-secret", apps: [{ appId: otherAppId }] },
    ],
    durations: { answerMs: { min: 0, max: 0 }, ...rest.durations },
  });
}

/** Who comes to the channel, changes roles and goes. */
function participantsOf(world: World) {
  return {
    join: (
      uid: number,
      role: "host" | "audience" = "host",
      publishes: JoinOrder["publishes"] = "both",
      cname = channelName,
    ) => joinParticipant(world, { appId, channelName: cname, uid, role, publishes }),
    role: (uid: number, role: "host" | "audience") => changeRole(world, { appId, channelName, uid, role }),
    leave: (uid: number, reason = 1) =>
      leaveParticipant(world, { appId, channelName, uid, reason, rejoinExpected: false }),
  };
}

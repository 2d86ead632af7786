export type { AdminRoute } from "./admin/admin-route.ts";
export { adminTable } from "./admin/admin-table.ts";
export { describeAdminApi } from "./admin/describe-admin-api.ts";
export type {
  JoinRequest,
  LeaveRequest,
  NoteRequest,
  RecorderRequest,
  SimulatorClient,
  SimulatorState,
} from "./client/simulator-client.ts";
export { createSimulatorClient } from "./client/simulator-client.ts";
export type { ChannelState, ParticipantState, RecorderState } from "./core/state.ts";
export type { FaultOrder, FaultOrderInput, Harm } from "./faults/fault-order.ts";
export type { AnyFaultOrder, PresetName as FaultPresetName, PresetOrder } from "./faults/fault-presets.ts";
export { faultPresets } from "./faults/fault-presets.ts";
export type { OutgoingEvent, SendEvent } from "./publish/notification.ts";
export { sampleSettings } from "./sample-settings.ts";
export type { SimulatorDurations } from "./settings/durations.ts";
export { fastSimulatorDurations, realSimulatorDurations, simulatorDurationsSchema } from "./settings/durations.ts";
export type { SettingsChange, SimulatorSettings, SimulatorSettingsInput } from "./settings/simulator-settings.ts";
export { parseSimulatorSettings } from "./settings/simulator-settings.ts";
export type { SimulatorSwitches } from "./settings/switches.ts";
export { simulatorSwitchesSchema } from "./settings/switches.ts";
export type { Simulator, SimulatorOptions } from "./start-simulator.ts";
export { startSimulator } from "./start-simulator.ts";
export { createRandom } from "./time/random.ts";

/** What an operator's switch may do to channels, weakest first. */
export const controlModes = ["holdStarts", "handsOff", "stopAll"] as const;
/** One of `controlModes`. */
export type ControlMode = (typeof controlModes)[number];

/**
 * What the operators allow for a channel now. `holdStarts`: running recorders go on and are stopped normally, nothing new is
 * claimed or started. `handsOff`: nothing at all is sent to Agora; presence and facts are still written. `stopAll`: nothing
 * is to be recorded, without grace.
 */
export type Control = "run" | ControlMode;

/** Cause of an attempt that a switch has ended before it ran: no failure of the recording. */
export const startsHeld = "starts_held";

/** Of several switches that concern a channel the strongest counts; none means `run`. */
export function strongestControl(controls: readonly Control[]): Control {
  return controlModes.findLast((mode) => controls.includes(mode)) ?? "run";
}

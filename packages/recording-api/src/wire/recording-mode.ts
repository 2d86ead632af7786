import { z } from "zod";

/** How a recording is made; the word in the URL. `composite` recording is called `mix`. @see R 3.1 */
export const recordingModes = ["individual", "mix", "web"] as const;
/** One of `recordingModes`. */
export type RecordingMode = (typeof recordingModes)[number];

/** What to say to somebody who follows Agora's quick starts, which print a mode that its API does not have. */
const compositeHint = `"mix": so the URLs of Agora's API call composite recording`;

/** A mode; refuses `composite` with the word to use instead. */
export const recordingModeSchema = z.literal(recordingModes, {
  error: ({ input }) => (input === "composite" ? compositeHint : `one of "individual", "mix", "web"`),
});

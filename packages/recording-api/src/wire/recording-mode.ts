/** How a recording is made; the word in the URL. `composite` recording is called `mix`. @see R 3.1 */
export const recordingModes = ["individual", "mix"] as const;
export type RecordingMode = (typeof recordingModes)[number];

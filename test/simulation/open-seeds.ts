/** Seeds that break a bound of the model for a reason that is known and not mended: they are told, and fail no run. */
export const openSeeds: ReadonlyMap<number, string> = new Map([
  [
    6_553,
    "Two recorders in a row that die unseen after exactly their idle time look like a channel that a lost leave keeps open: who is there becomes doubtful, and nobody records until the probe (SPEC.md, Presence that lies).",
  ],
]);

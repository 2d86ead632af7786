import { z } from "zod";

/** Switches of what a recorder's token is good for; part of `simulatorSwitchesSchema`. @see R 2.3, E 5.4, E 5.5 */
export const tokenSwitches = {
  wildcardTokens: z.boolean().default(true).describe("A token of uid 0 is good for every recorder."),
  tokenRole: z
    .enum(["any", "publisher"])
    .default("any")
    .describe("Role of a token that lets a recorder in: any with the privilege to join, or only a publisher's."),
  longTokens: z
    .enum(["accepted", "clamped", "refused"])
    .default("accepted")
    .describe("A token that lives longer than 24 h: taken as it is, ended after 24 h, or no good from the beginning."),
  tokenExpiryEnds: z.boolean().default(true).describe("The end of the token ends the recording."),
  recorderStays: z
    .enum(["untilTokenEnds", "untilPrivilegeEnds"])
    .default("untilTokenEnds")
    .describe(
      "Whose end tokenExpiryEnds means: of the token or of its privilege to join, whichever comes first; or of the privilege alone.",
    ),
  migrationChecksToken: z
    .boolean()
    .default(false)
    .describe("A migrated recorder needs a token of uid 0, since its uid is new; otherwise it is let in."),
} as const;

import {
  checkPageSize,
  checkRecordingConfig,
  checkWithoutEffect,
  recordingConfigShapes,
  webPageShape,
} from "@autorec/recording-api/wire";
import { z } from "zod";
import { referencePattern } from "./reference.ts";
import { secretReference } from "./storage-schema.ts";

/** Agora's fields, but: secrets are references, `maxIdleTime` is the rule's `maxIdleSeconds`, and little must be said. */
const { maxIdleTime: _individualIdle, ...individual } = recordingConfigShapes.individual;
const { maxIdleTime: _mixIdle, ...mix } = recordingConfigShapes.mix;

/** A page that waits to be told to begin would wait for ever: autorec sends no such update. */
const { onhold: _onhold, ...page } = webPageShape;

const secrets = {
  secret: secretReference.optional().describe(mix.secret.description ?? ""),
  salt: secretReference.optional().describe(mix.salt.description ?? ""),
};

/** `recordingConfig` of mode individual. */
export const individualRecording = z
  .strictObject({
    ...individual,
    ...secrets,
    channelType: individual.channelType.default(0),
    subscribeUidGroup: individual.subscribeUidGroup.default(3),
  })
  .superRefine(checkRecordingConfig)
  .superRefine(checkWithoutEffect);

/** `recordingConfig` of mode mix. */
export const mixRecording = z
  .strictObject({ ...mix, ...secrets, channelType: mix.channelType.default(0) })
  .superRefine(checkRecordingConfig)
  .superRefine(checkWithoutEffect);

/** Resources are asked for with 72 hours where a project has a certificate: a page recorded longer could not be stopped. */
const pageHoursMax = 72;
const hoursExpectation = `an integer from 1 to ${pageHoursMax}`;
const addressExpectation = "an http or https URL, which may hold {channel}, or a reference to one";

/** `web` of a rule of mode web: the page, how it is recorded, and where it is streamed to. */
export const webPage = z
  .strictObject({
    ...page,
    url: z
      .string()
      .max(2_048)
      .refine((text) => referencePattern.test(text) || isWebAddress(text))
      .meta({ expects: addressExpectation })
      .describe(
        "The page: fits one screen, needs no login and no redirect, plays by itself; {channel} is its channel.",
      ),
    maxRecordingHour: z
      .int()
      .min(1)
      .max(pageHoursMax)
      .default(page.maxRecordingHour.def.defaultValue)
      .meta({ expects: hoursExpectation })
      .describe("Hours after which a recording ends by itself; a new one is started before, 1 to 72. Default 2."),
    rtmpUrl: secretReference.optional().describe("Where the page is streamed to as well; its address holds a key."),
  })
  .superRefine(checkPageSize);

function isWebAddress(text: string): boolean {
  const filled = text.replaceAll("{channel}", "channel");
  return URL.canParse(filled) && /^https?:$/.test(new URL(filled).protocol);
}

/**
 * What Agora has said about one recording (product 3). A hint proves nothing: it names a sid that may be unknown here, or a
 * reason to ask. The uid is text in Agora's notification and may be that of a replacement.
 */
export interface RecordingHint {
  readonly appId: string;
  readonly channelName: string;
  readonly uid: number;
  readonly sid: string;
  /** Agora's time of the event, ms; compared with Agora's times alone, or with a wide margin. */
  readonly sentAtMs: number;
  /** A reason to ask the recorder now. */
  readonly look: boolean;
  /** The uid under which the recorder goes on after a migration. */
  readonly newUid?: number;
  readonly exitSaid?: true;
  /** It left because nobody was there. */
  readonly idleSaid?: true;
  /** Agora's 32, 47 or 51: files do not arrive. */
  readonly storageError?: number;
}

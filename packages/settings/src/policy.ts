import type { Rule } from "@autorec/domain";
import type { Secret } from "@autorec/service-kit/words";

/** One Agora project and the account that pays for it. */
export interface AppSettings {
  readonly name: string;
  readonly appId: string;
  readonly customerId: string;
  readonly customerSecret: Secret;
  readonly appCertificate?: Secret;
  /** Whether Agora may be asked who is in a channel. */
  readonly channelManagement: boolean;
  readonly quota: { readonly requestsPerSecond: number; readonly workers: number };
}

/** A part of Agora's start request; texts that are secret are `Secret`s, see `revealSecrets`. */
export type RequestPart = Readonly<Record<string, unknown>>;

/** One rule of one app, ready for use: what decides is in `rule`, what is sent to Agora stands beside it. */
export interface RuleSettings {
  readonly rule: Rule;
  readonly app: AppSettings;
  readonly mode: Rule["mode"];
  /** Absent in mode web. */
  readonly recordingConfig?: RequestPart;
  /** Absent: HLS, or nothing but snapshots where those are asked for. */
  readonly recordingFileConfig?: RequestPart;
  readonly snapshotConfig?: RequestPart;
  /** The page of mode web. */
  readonly web?: RequestPart;
  readonly storageConfig: RequestPart;
}

/** Everything that autorec.yaml says, checked and frozen. */
export interface Policy {
  /** Of everything but secrets; differs between processes only when their files do. */
  readonly hash: string;
  /** By App ID. */
  readonly apps: ReadonlyMap<string, AppSettings>;
  /** Every rule once per app that it covers, in the order of the file. */
  readonly rules: readonly RuleSettings[];
  /** The first rule that matches; undefined = not recorded. */
  ruleFor(appId: string, channelName: string): RuleSettings | undefined;
  ruleByHash(hash: string): RuleSettings | undefined;
  /** All secrets of the file, for a logger that hides them. */
  readonly secrets: readonly Secret[];
}

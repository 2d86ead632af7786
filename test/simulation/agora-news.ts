import type { Fate } from "./fate.ts";
import type { AgoraWatcher, Recorder } from "./model-recorders.ts";
import type { Room } from "./room.ts";
import type { SimClock } from "./sim-clock.ts";
import type { StoreBackend } from "./store-backend.ts";

/** What Agora, or somebody who orders it, may say of a recorder. */
export type RecorderNews = "newUid" | "candidateSid" | "exitSaid" | "idleSaid" | "storageError" | "rotate";

/** What the spreading of news needs of the world. */
export interface NewsTools {
  readonly appId: string;
  readonly clock: SimClock;
  readonly fate: Fate;
  readonly backend: StoreBackend;
  readonly lagMsMax: number;
  readonly room: (name: string) => Room;
  readonly say: (line: () => string) => void;
  /** A recorder has come, gone or moved. */
  readonly changed: (recorder: Recorder) => void;
  /** Something is on its way for so long. */
  readonly expect: (withinMs: number) => void;
  readonly afterEffect: () => unknown;
}

/** What others get to know of recorders: people see them come and go, and some of Agora's events reach Redis, later. */
export class AgoraNews implements Pick<AgoraWatcher, "recorderJoined" | "recorderLeft"> {
  readonly #tools: NewsTools;

  constructor(tools: NewsTools) {
    this.#tools = tools;
  }

  recorderJoined(recorder: Recorder, { migrated }: { readonly migrated: boolean }): void {
    const { changed, fate, lagMsMax, room, say } = this.#tools;
    const { channelName, sid, uid } = recorder;
    say(() => `Agora: ${sid} records with uid ${String(uid)}`);
    changed(recorder);
    room(channelName).tellOfRecorder({ uid, isHere: true, clientType: 10 });
    const chance = fate.amount(`${channelName} event 12`);
    if (migrated && chance < 0.5) this.#tellLater(recorder, "newUid", fate.between("event 12", 500, lagMsMax));
    if (!migrated && chance < 0.3)
      this.#tellLater(recorder, "candidateSid", fate.between("event 1", 500, lagMsMax / 3));
  }

  recorderLeft(recorder: Recorder, options: { readonly silent: boolean; readonly idle?: boolean }): void {
    const { changed, fate, lagMsMax, room, say } = this.#tools;
    const { channelName, sid, st, uid } = recorder;
    say(() => `Agora: ${sid} is ${st}`);
    changed(recorder);
    if (options.silent) return;
    room(channelName).tellOfRecorder({ uid, isHere: false, clientType: 10 });
    // Event 11 is said of a migration too; event 41 names the reason.
    if (fate.amount(`${channelName} event 11`) < 0.3) {
      const kind = options.idle === true && fate.amount("event 41") < 0.5 ? "idleSaid" : "exitSaid";
      this.#tellLater(recorder, kind, fate.between("event 11", 100, lagMsMax / 3));
    }
  }

  /** The news reach the attempt that they are about, if Redis knows it. */
  async tell(recorder: Recorder, kind: RecorderNews): Promise<void> {
    const { afterEffect, appId, backend, clock, say } = this.#tools;
    const { channelName, sid } = recorder;
    const ref = { appId, channelName };
    const reading = await backend.readChannel(ref);
    const attempts = Object.values(reading?.view.record.attempts ?? {});
    const attempt = attempts.find(({ resourceId }) => resourceId === recorder.resourceId);
    if (attempt === undefined) return;
    const { n, slot, session, uid, mode } = attempt;
    const fact = { n, kind, slot, session, uid, mode, resourceId: recorder.resourceId, sid, atMs: clock.nowMs };
    say(() => `Redis is told ${kind} of ${sid}`);
    const more = kind === "newUid" ? { newUid: recorder.uid } : kind === "storageError" ? { errorCode: 47 } : {};
    await backend.fact(ref, { ...fact, ...more });
    await afterEffect();
  }

  #tellLater(recorder: Recorder, kind: RecorderNews, delayMs: number): void {
    const { clock, expect } = this.#tools;
    expect(delayMs);
    clock.in(delayMs, () => this.tell(recorder, kind));
  }
}

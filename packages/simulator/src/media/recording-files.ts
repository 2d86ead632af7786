import type { RecordedTrack, Recording, UploadResult } from "../core/recording.ts";
import type { RecordingMoment } from "../core/recording-moment.ts";
import type { World } from "../core/world.ts";
import type { MediaSettings } from "../settings/media.ts";
import type { Cancel } from "../time/scheduler.ts";
import type { FileOutlet } from "./file-outlet.ts";
import type { FileStore } from "./file-store.ts";
import type { RecorderLife } from "./recorder-life.ts";
import { createRecorderLife } from "./recorder-life.ts";
import type { Slice, Slicer } from "./slicer.ts";
import { createSlicer } from "./slicer.ts";
import type { SnapshotPlan } from "./snapshot-plan.ts";
import { createSnapshotPlan } from "./snapshot-plan.ts";
import type { Turnstile } from "./turnstile.ts";

/** What all recordings share. */
export interface MediaTools {
  /** Whose recordings; asked for late, because it is made with its observers. */
  readonly world: () => Pick<World, "settings" | "scheduler">;
  readonly media: MediaSettings;
  readonly store: FileStore;
  readonly turnstile: Turnstile;
  /** The storage took a file of a running recording not; told once per recording. */
  readonly storageFailed: (recording: Recording, errorCode: 32 | 47) => void;
  readonly warn: (message: string) => void;
}

/**
 * Everything that one recording writes. What the moments tell becomes work in order, done one piece at a time while
 * the service goes on; only spans of time wait for it, never their content.
 */
export class RecordingFiles {
  readonly #recording: Recording;
  readonly #tools: MediaTools;
  readonly #lives = new Map<number, RecorderLife>();
  /** Of the recorder at work; the service counts on before it tells that the old one left. */
  #migration = 0;
  #slicer: Slicer;
  readonly #snapshots: SnapshotPlan;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #originMs: number | undefined;
  /** Pieces cut short, until it is known whether the recorder went with them. */
  #short: { readonly atMs: number; readonly slices: readonly Slice[] } = { atMs: 0, slices: [] };
  #cancelTimer: Cancel | undefined;
  #failed = false;
  #wasBackedUp = false;

  constructor(recording: Recording, tools: MediaTools) {
    this.#recording = recording;
    this.#tools = tools;
    this.#slicer = createSlicer(this.#sliceMs());
    this.#snapshots = createSnapshotPlan(recording.order.snapshotIntervalMs);
  }

  /** What is recorded has changed. */
  setTracks(tracks: readonly RecordedTrack[], atMs: number): void {
    this.#writeShort();
    this.#snap(atMs);
    this.#snapshots.setTracks(tracks);
    const slices = this.#recording.order.fileTypes.length === 0 ? [] : this.#slicer.setTracks(tracks, atMs);
    const isWhole = ({ fromMs, toMs }: Slice): boolean => toMs - fromMs >= this.#sliceMs();
    this.#write(slices.filter(isWhole));
    this.#short = { atMs, slices: slices.filter((slice) => !isWhole(slice)) };
    // Nothing else may happen for a while: then the pieces are written in their own turn.
    if (this.#short.slices.length > 0)
      queueMicrotask(() => {
        this.#writeShort();
      });
    this.#snap(atMs);
    this.#plan();
  }

  /**
   * The recorder is gone. Its last pieces are written by `finish` alone: with a recorder that died, or was moved, goes
   * what it had not uploaded. The next recorder begins files of its own.
   */
  leave(moment: Extract<RecordingMoment, { kind: "left" }>): void {
    if (this.#short.atMs !== moment.atMs) this.#writeShort();
    this.#cancelTimer?.();
    this.#snapshots.setTracks([]);
    this.#slicer = createSlicer(this.#sliceMs());
    if (moment.cause !== "migration") return;
    this.#short = { atMs: moment.atMs, slices: [] };
    const life = this.#lives.get(this.#migration);
    if (life !== undefined) this.#add(() => life.writeMp4(this.#outlet()));
    this.#migration = this.#recording.migrationCount;
  }

  /** Closes the files; answers when all that can be uploaded is. */
  async finish(): Promise<UploadResult> {
    this.#cancelTimer?.();
    this.#writeShort();
    const life = this.#lives.get(this.#migration);
    if (life !== undefined) this.#add(() => life.end(this.#outlet()));
    await this.#work;
    if (this.#failed || !this.#mayUpload()) return "failed";
    if (!this.#wasBackedUp && this.#recording.uploadResult !== "backuped") return "uploaded";
    this.#uploadLater();
    return "backuped";
  }

  /** Resolves when what is to be written now has been. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Nothing is written any more. */
  close(): void {
    this.#cancelTimer?.();
    this.#slicer = createSlicer(this.#sliceMs());
    this.#snapshots.setTracks([]);
  }

  #writeShort(): void {
    const { slices } = this.#short;
    this.#short = { atMs: 0, slices: [] };
    this.#write(slices);
  }

  #onTimer(): void {
    const atMs = this.#tools.world().scheduler.nowMs();
    this.#writeShort();
    this.#write(this.#slicer.cutDue(atMs));
    this.#snap(atMs);
    this.#plan();
  }

  #plan(): void {
    this.#cancelTimer?.();
    const nextMs = Math.min(this.#slicer.nextCutAtMs() ?? Infinity, this.#snapshots.nextAtMs() ?? Infinity);
    this.#cancelTimer = Number.isFinite(nextMs)
      ? this.#tools.world().scheduler.at(nextMs, () => {
          this.#onTimer();
        })
      : undefined;
  }

  #write(slices: readonly Slice[]): void {
    for (const slice of slices) {
      this.#originMs ??= slice.fromMs;
      const life = this.#life(this.#originMs);
      this.#add(() => life.writeSlice(slice, this.#outlet()));
    }
  }

  #snap(atMs: number): void {
    for (const shot of this.#snapshots.takeDue(atMs)) {
      const life = this.#life((this.#originMs ??= shot.utcMs));
      this.#add(() => life.writeSnapshot(shot, this.#outlet()));
    }
  }

  /** The files of the recorder that is at work: after a migration others than before. */
  #life(originMs: number): RecorderLife {
    const known = this.#lives.get(this.#migration);
    if (known !== undefined) return known;
    const life = createRecorderLife({
      recording: this.#recording,
      place: { rules: this.#tools.world().settings.switches, migration: this.#migration },
      originMs,
      mp4MsMax: this.#recording.order.web?.maxVideoMs ?? this.#tools.media.mp4MsMax,
    });
    this.#lives.set(this.#migration, life);
    return life;
  }

  #add(work: () => Promise<void>): void {
    if (this.#waiting >= waitingMax) {
      this.#fail(47, `${String(waitingMax)} files of one recording wait for their upload`);
      return;
    }
    this.#waiting += 1;
    this.#work = this.#work
      .then(() => (this.#failed || !this.#mayUpload() ? undefined : this.#tools.turnstile.pass(work)))
      .catch((err: unknown) => {
        this.#fail(47, err instanceof Error ? err.message : String(err));
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Whether the storage of the start takes anything: the faults of the service come before the store's own. */
  #mayUpload(): boolean {
    const { uploadResult, storage } = this.#recording;
    return uploadResult !== "failed" && !this.#tools.world().settings.brokenBuckets.includes(storage.bucket);
  }

  #outlet(): FileOutlet {
    return {
      put: async (name, bytes) => {
        if (this.#failed) return false;
        const result = await this.#tools.store.put({ storage: this.#recording.storage, name, bytes });
        if (result.kind === "failed") this.#fail(result.errorCode, result.reason);
        return result.kind === "stored";
      },
      isBackedUp: () => {
        const isBackedUp = this.#recording.uploadResult === "backuped";
        this.#wasBackedUp ||= isBackedUp;
        return isBackedUp;
      },
    };
  }

  #fail(errorCode: 32 | 47, reason: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#tools.warn(`upload of recording ${this.#recording.sid} failed: ${reason}`);
    this.#tools.storageFailed(this.#recording, errorCode);
  }

  #uploadLater(): void {
    const { media, world } = this.#tools;
    const { scheduler } = world();
    const tickMs = scheduler.nowMs();
    scheduler.at(tickMs + media.backupDelayMs, () => {
      for (const life of this.#lives.values()) {
        this.#add(() => life.writeBackedUp({ ...this.#outlet(), isBackedUp: () => false }, tickMs));
      }
    });
  }

  #sliceMs(): number {
    return this.#tools.media.sliceMs ?? this.#tools.world().settings.durations.firstSliceMs;
  }
}

/** Four hours of slices of one stream: who is so far behind does not catch up. */
const waitingMax = 1_000;

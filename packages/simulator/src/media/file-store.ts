import type { StorageOrder } from "../core/recording.ts";

/** A file on its way to where its recording's start ordered it. */
export interface OutgoingFile {
  readonly storage: StorageOrder;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * What became of a file. 32: the storage does not take it (keys, bucket, address), 47: it could not be reached.
 * @see R 7.3
 */
export type StoreResult =
  { readonly kind: "stored" } | { readonly kind: "failed"; readonly errorCode: 32 | 47; readonly reason: string };

/** Where files end up; a file of the same name is replaced as a whole. Never rejects. */
export interface FileStore {
  readonly put: (file: OutgoingFile) => Promise<StoreResult>;
}

export const stored = { kind: "stored" } as const;

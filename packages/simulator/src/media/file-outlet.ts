/** Where the files of one recorder go; answers whether each arrived. */
export interface FileOutlet {
  readonly put: (name: string, bytes: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  /** What is written now does not reach the bucket yet, only Agora's backup storage. @see R 9.2 */
  readonly isBackedUp: () => boolean;
}

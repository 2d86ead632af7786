/**
 * Why a recording that start accepted comes to nothing. `token`, `tokenExpired` and `transcoding` keep the recorder out
 * of the channel, the others end one that is in it. `upload` is storage that worked and then refused.
 */
export type Flaw =
  | "token"
  | "tokenExpired"
  | "transcoding"
  | "storage"
  | "upload"
  | "uidClash"
  | "page"
  | "pageTimeout"
  | "heavyPage"
  | "worker";

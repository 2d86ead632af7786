/** What devstack could not do, with what to do about it; the message is meant for a person's terminal. */
export class DevstackError extends Error {
  override readonly name = "DevstackError";
}

/** Message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

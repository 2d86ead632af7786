/**
 * What services and the command `autorec` end with (operators.md §1; 1 is for what tests and the demo find). `badInput`: wrong
 * settings or a wrong command line; `notFound`: the command alone.
 */
export const exitCodes = {
  ok: 0,
  badInput: 2,
  notFound: 3,
  unreachable: 5,
  refused: 6,
  waitRanOut: 7,
  bug: 70,
  interrupted: 130,
} as const;

/** The exit code that an error asks for: its own `exitCode`, 5 for an unreachable dependency, else 70. */
export function exitCodeOf(error: unknown): number {
  if (typeof error !== "object" || error === null) return exitCodes.bug;
  if ("exitCode" in error && typeof error.exitCode === "number") return error.exitCode;
  if ("code" in error && typeof error.code === "string" && error.code.endsWith("_UNREACHABLE"))
    return exitCodes.unreachable;
  return "code" in error && typeof error.code === "string" && error.code.startsWith("REC_")
    ? exitCodes.refused
    : exitCodes.bug;
}

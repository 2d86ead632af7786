/**
 * Runs the task when everything that this turn of the event loop has written has left, commands to Redis included, which leave
 * together at its end. Tasks run in the order of the asking.
 */
export function meanwhile(task: () => void): void {
  setImmediate(() => void setImmediate(task));
}

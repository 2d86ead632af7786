const tasks: (() => void)[] = [];

/**
 * Runs the task when the answers that have arrived together have all been heard, and before anything more is: what they give
 * rise to can leave together. Tasks run in order, those that a task adds too. One that throws ends the process, not the others.
 */
export function atEndOfTurn(task: () => void): void {
  tasks.push(task);
  if (tasks.length > 1) return;
  setImmediate(() => {
    const failures: unknown[] = [];
    for (const each of tasks) {
      try {
        each();
      } catch (err) {
        failures.push(err);
      }
    }
    tasks.length = 0;
    if (failures.length > 0) throw new AggregateError(failures, "work at the end of a turn failed");
  });
}

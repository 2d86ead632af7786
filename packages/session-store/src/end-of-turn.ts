const tasks: (() => void)[] = [];

/**
 * Runs the task when the answers that have arrived together have all been heard, and before anything more is: what they give
 * rise to can leave together. Tasks run in order, those that a task adds too; none may throw.
 */
export function atEndOfTurn(task: () => void): void {
  tasks.push(task);
  if (tasks.length > 1) return;
  setImmediate(() => {
    for (const each of tasks) each();
    tasks.length = 0;
  });
}

/** Waits until it is true; rejects with what was awaited after `limitMs`. */
export async function until(isTrue: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const giveUpAtMs = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > giveUpAtMs) throw new Error(`waited ${String(limitMs / 1_000)} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

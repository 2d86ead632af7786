import { afterEach, beforeEach, vi } from "vitest";

const methods = ["debug", "error", "info", "log", "trace", "warn"] as const;

// A line on the console is a failure that nobody handled, or noise that hides one: the test that prints it fails.
beforeEach(() => {
  for (const method of methods) {
    vi.spyOn(console, method).mockImplementation((...words: readonly unknown[]) => {
      printed.push(`console.${method}(${words.map(String).join(" ")})`);
    });
  }
});

afterEach(() => {
  const lines = printed.splice(0);
  if (lines.length > 0) throw new Error(`a test must not print to the console, but it did: ${lines.join("; ")}`);
});

const printed: string[] = [];

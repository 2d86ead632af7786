import { z } from "zod";

/** A program that the supervisor runs: its output goes to `<folder>/<name>.log`. */
export const programSchema = z.object({
  name: z.string(),
  command: z.string(),
  args: z.array(z.string()).readonly(),
  cwd: z.string().optional(),
  /** Added to the supervisor's own environment. */
  env: z.record(z.string(), z.string()).optional(),
});

/** What the parent asks for; each order is answered once, by `done` or `failed` with its id. */
export const orderSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run"), id: z.number(), program: programSchema }),
  z.object({ kind: z.literal("halt"), id: z.number(), name: z.string(), patienceMs: z.number() }),
  z.object({ kind: z.literal("own-containers"), id: z.number(), label: z.string() }),
  z.object({ kind: z.literal("end"), id: z.number() }),
]);

/** What the supervisor tells the parent. */
export const reportSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), folder: z.string() }),
  z.object({ kind: z.literal("done"), id: z.number(), pid: z.number().optional() }),
  z.object({ kind: z.literal("failed"), id: z.number(), message: z.string() }),
  z.object({ kind: z.literal("exited"), pid: z.number(), how: z.string() }),
]);

/** @see programSchema */
export type Program = z.infer<typeof programSchema>;
/** @see orderSchema */
export type Order = z.infer<typeof orderSchema>;
/** @see reportSchema */
export type Report = z.infer<typeof reportSchema>;

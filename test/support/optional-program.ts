/** A program that this machine may lack, or why it does. */
export type OptionalProgram<Program> =
  | { readonly program: Program; readonly missing?: undefined }
  | { readonly program?: undefined; readonly missing: string };

/**
 * Starts what needs this machine's own Java. A machine with Docker alone has all that Kafka and Redis need; where nothing
 * may go untested (`CI`), the Java must be there. Any other failure is one.
 */
export async function startOnOwnJava<Program>(start: () => Promise<Program>): Promise<OptionalProgram<Program>> {
  try {
    return { program: await start() };
  } catch (err) {
    if (process.env["CI"] !== undefined) throw err;
    if (!(err instanceof Error) || !/^no (Java|Maven) /.test(err.message)) throw err;
    return { missing: err.message };
  }
}

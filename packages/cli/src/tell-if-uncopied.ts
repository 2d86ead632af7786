import type { Deployment, Terminal } from "./session.ts";

/** Asked so often, each time for as long as a replica may take (100 ms). */
const asksMax = 10;

/**
 * Warns who gave an order if no replica of Redis has it after about a second, or nobody can tell: a master that is lost then
 * takes the order with it. The order itself is done either way. Without replicas nothing is asked and nothing is said.
 */
export async function tellIfUncopied({
  deployment,
  terminal,
}: {
  readonly deployment: { readonly store: Pick<Deployment["store"], "confirmReplicated"> };
  readonly terminal: Pick<Terminal, "err">;
}): Promise<void> {
  try {
    for (let ask = 0; ask < asksMax; ask += 1)
      if ((await deployment.store.confirmReplicated()) !== "unconfirmed") return;
    terminal.err("done, but no replica of Redis has it yet: should its master be lost now, order it again");
  } catch {
    terminal.err("done, but Redis did not say whether a replica has it: should its master be lost now, order it again");
  }
}

import { Cluster, Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { openReplication } from "./replication.ts";

/** A master with a replica that answers at once, and the ends of the connections that were made to ask it. */
function openNode() {
  const node = new Redis({ lazyConnect: true });
  const ends: ReturnType<typeof vi.fn>[] = [];
  vi.spyOn(node, "info").mockResolvedValue("connected_slaves:1");
  vi.spyOn(node, "duplicate").mockImplementation(() => {
    const link = new Redis({ lazyConnect: true });
    const answers: Awaited<ReturnType<ReturnType<Redis["pipeline"]>["exec"]>> = [
      [null, "OK"],
      [null, 1],
    ];
    vi.spyOn(link, "pipeline").mockImplementation(() =>
      Object.assign(new Redis({ lazyConnect: true }).multi(), { exec: () => Promise.resolve(answers) }),
    );
    ends.push(vi.spyOn(link, "disconnect"));
    return link;
  });
  return { node, ends };
}

// Addresses change when machines are replaced: a process would try for ever to reach all that ever were.
test("the connection to a node that has left the cluster is given up, the others are kept", async () => {
  let nowMs = 0;
  const [stays, leaves] = [openNode(), openNode()];
  const cluster = new Cluster([], { lazyConnect: true });
  const masters = vi.spyOn(cluster, "nodes").mockReturnValue([stays.node, leaves.node]);
  const replication = openReplication(cluster, { markerKeys: ["m"], monotonicMs: () => nowMs });
  expect(await replication.confirm()).toBe("confirmed");
  masters.mockReturnValue([stays.node]);
  nowMs = 10_000;
  expect(await replication.confirm()).toBe("confirmed");
  expect(leaves.ends.map((end) => end.mock.calls.length)).toEqual([1]);
  expect(stays.ends.map((end) => end.mock.calls.length)).toEqual([0]);
});

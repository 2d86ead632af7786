import * as orders from "../admin/orders.ts";
import type { NewHistoryLine, World } from "../core/world.ts";
import type { FaultBook } from "../faults/fault-book.ts";
import { parseFaultOrder } from "../faults/fault-presets.ts";
import { changeSettings } from "../settings/simulator-settings.ts";
import type { PlannedStep } from "./plan-scenario.ts";

/** What scenarios work on. */
export interface Stage {
  readonly world: World;
  readonly faults: FaultBook;
  readonly record: (line: NewHistoryLine) => void;
}

/** Does one step; answers why it came to nothing, where it did. @throws what the order of the step throws. */
export function performStep(stage: Stage, planned: PlannedStep, seed: number): string | undefined {
  const { world, faults, record } = stage;
  const { step, repetition, stepNumber } = planned;
  const { join, leave, role, kill, migrate, harm, fault, settings, note } = step;
  const inChannel = <Order extends { readonly channelName?: string | undefined }>(order: Order): Order =>
    order.channelName === undefined
      ? order
      : { ...order, channelName: order.channelName.replaceAll("{n}", String(repetition)) };
  const each = <Order extends People>(order: Order, perform: (one: Order) => string): string | undefined => {
    const results = uidsOf(order, repetition).map((uid) => perform(inChannel({ ...order, uid })));
    return results.includes("not_there") ? "not there" : undefined;
  };

  if (join !== undefined) return each(join, (one) => orders.join(world, one));
  if (leave !== undefined) return each(leave, (one) => orders.leave(world, one));
  if (role !== undefined) return each(role, (one) => orders.setRole(world, one));
  if (kill !== undefined) return missing(orders.kill(world, inChannel(kill)));
  if (migrate !== undefined) return missing(orders.migrate(world, inChannel(migrate)));
  if (harm !== undefined) return missing(orders.harm(world, inChannel(harm)));
  if (fault !== undefined) {
    const order = parseFaultOrder(fault);
    faults.arm({ ...order, seed: order.seed ?? (seed + stepNumber) % 4_294_967_296 });
    return undefined;
  }
  if (settings !== undefined) {
    world.settings = changeSettings(world.settings, settings);
    return undefined;
  }
  if (note !== undefined) {
    record({ ...note, kind: "note" });
    return undefined;
  }
  faults.clear();
  return undefined;
}

interface People {
  readonly channelName: string;
  readonly uid: number;
  readonly uidStep: number;
  readonly people: number;
}

function uidsOf({ uid, uidStep, people }: People, repetition: number): readonly number[] {
  return Array.from({ length: people }, (_, index) => uid + repetition * uidStep + index);
}

function missing(hit: unknown): string | undefined {
  return hit === undefined ? "no recorder is live there" : undefined;
}

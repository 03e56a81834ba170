import type { TaskKind } from './kinds/index.ts';
import type { Unit } from './kinds/kind.ts';
import { divideUp, type Yocto } from './money.ts';

export const TASK_PRIORITIES = ['low', 'normal', 'high'] as const;
export type TaskPriority = (typeof TASK_PRIORITIES)[number];

/** What one unit costs. `model: "*"` stands for every model of the kind without a price of its own. */
export interface UnitPrice {
  kind: TaskKind;
  model: string;
  unit: Unit;
  yoctoPerUnit: Yocto;
}

/** The prices in force, versioned so that a quote can be traced to the list it came from. */
export interface PriceList {
  version: number;
  prices: UnitPrice[];
  /** Basis points on the unit price, by priority. */
  priorityBps: Record<TaskPriority, number>;
  /** The network's share on top of the node's reward, in basis points. */
  feeBps: number;
}

/** What a task costs and who gets it: `totalYocto = rewardYocto + feeYocto`. */
export interface Price {
  units: number;
  rewardYocto: bigint;
  feeYocto: bigint;
  totalYocto: bigint;
}

const BPS = 10_000n;
/** Fractional units (seconds) are priced by the thousandth. */
const MILLI = 1000n;

/** Yocto per unit for a kind and model at a priority, before the fee; `undefined` when the list has no price for it. */
export function unitPriceOf(list: PriceList, kind: TaskKind, model: string, priority: TaskPriority): bigint | undefined {
  const found =
    list.prices.find((p) => p.kind === kind && p.model === model) ?? list.prices.find((p) => p.kind === kind && p.model === '*');
  return found && divideUp(BigInt(found.yoctoPerUnit) * BigInt(list.priorityBps[priority]), BPS);
}

/**
 * Prices `units` at `unitYocto` each. Units may be fractional to the thousandth; reward and fee round up to a whole yocto.
 * Monotone in `units`, so a price computed from fewer units than the quote never exceeds the hold.
 */
export function priceOf(units: number, unitYocto: bigint, feeBps: number): Price {
  const milliUnits = BigInt(Math.ceil(units * 1000));
  const rewardYocto = divideUp(unitYocto * milliUnits, MILLI);
  const feeYocto = divideUp(rewardYocto * BigInt(feeBps), BPS);
  return { units, rewardYocto, feeYocto, totalYocto: rewardYocto + feeYocto };
}

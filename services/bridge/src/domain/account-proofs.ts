import type { ChargeLeafJson, SettlementAccount, SumStep, SumTree } from '@deai/protocol';
import { hex } from '@scure/base';
import { type BatchTrees, chargeJson, rewardJson } from './batch-trees.ts';

type Proofs = NonNullable<SettlementAccount['proofs']>;
type StepJson = { hash: string; sums: string[]; side: 'left' | 'right' };
interface Item<Leaf> {
  leaf: Leaf;
  proof: StepJson[];
}

/** What an account shows the contract to claim and to withdraw, against this batch: its leaves with their paths, or that it has none. */
export async function proofsOf(account: string, batch: number, trees: BatchTrees): Promise<Proofs> {
  const { rewards } = trees.leaves;
  const reward = find(rewards, account);
  return {
    batch,
    reward: reward.found ? item(rewardJson(rewards[reward.at] as (typeof rewards)[number]), await trees.rewards(), reward.at) : null,
    charge: await presence(account, trees),
  };
}

/** The account's place in a list sorted by account: where it is, or where it would stand. */
function find(entries: readonly { account: string }[], account: string): { found: boolean; at: number } {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as { account: string }).account < account) low = middle + 1;
    else high = middle;
  }
  return { found: entries[low]?.account === account, at: low };
}

/** The contract's `Presence` of a charges leaf: the leaf itself, or the two neighbours between which it would stand. */
async function presence(account: string, trees: BatchTrees): Promise<unknown> {
  const { charges } = trees.leaves;
  const { found, at } = find(charges, account);
  const tree = await trees.charges();
  const itemAt = (index: number): Item<ChargeLeafJson> | null => {
    const entry = charges[index];
    return entry ? item(chargeJson(entry), tree, index) : null;
  };
  return found ? { present: itemAt(at) } : { absent: { before: itemAt(at - 1), after: itemAt(at) } };
}

function item<Leaf>(leaf: Leaf, tree: SumTree, index: number): Item<Leaf> {
  return { leaf, proof: tree.proof(index).map(stepJson) };
}

const stepJson = ({ hash, sums, side }: SumStep): StepJson => ({ hash: hex.encode(hash), sums: sums.map(String), side });

import type { ChainChanges } from '@deai/near';
import { type DepositState, implicitAccount, type StakeState } from '@deai/protocol';
import type { FollowedAccount, FollowedNode, Untold } from '../domain/ports.ts';
import type { Bridge } from './bridge.ts';

const TOLD_AT_ONCE = 500;

/**
 * Reads what changed in the contract since the last look, in the order of its own numbers, so that nothing is missed however long the chain
 * was away. Read at final blocks: what was seen cannot be undone. States are whole, so seeing one twice changes nothing. @throws NearError
 */
export async function followContract({ contract, followed, now }: Bridge): Promise<void> {
  for (;;) {
    const after = await followed.seq();
    const { seq, changes } = await contract.changes(after);
    const last = changes.at(-1)?.seq ?? Math.max(seq, after);
    if (last === after) return;
    const noted = await followed.note({ after, seq: last, atMs: now() }, accountsOf(changes), nodesOf(changes));
    if (!noted || changes.length === 0) return;
  }
}

function accountsOf(changes: ChainChanges['changes']): (FollowedAccount & { seq: number })[] {
  return changes.flatMap(({ seq, account }) =>
    account
      ? [
          {
            account: account.account_id,
            escrowYocto: BigInt(account.escrow),
            requestedYocto: BigInt(account.requested),
            requestedAtMs: undefined,
            seq,
          },
        ]
      : [],
  );
}

function nodesOf(changes: ChainChanges['changes']): FollowedNode[] {
  return changes.flatMap(({ seq, node }) =>
    node
      ? [{ account: node.account_id, nodeKey: node.node_key, stakeYocto: BigInt(node.stake), unstakingYocto: BigInt(node.unstaking), seq }]
      : [],
  );
}

/** Tells the ledger of deposits and the node manager of stakes. What could not be told is told at the next look. */
export async function tellNetwork(bridge: Bridge): Promise<void> {
  // Before it is read whose accounts are: one that is given up in between is told at the next look.
  const unlinked = await bridge.links.unlinked();
  const { accounts, nodes } = await bridge.followed.untold(TOLD_AT_ONCE);
  const names = [...new Set([...accounts, ...nodes].map(({ account }) => account))];
  const users = await bridge.links.ofAccounts(names);
  await takeBack(bridge, unlinked);
  await tellDeposits(bridge, accounts, users);
  await tellStakes(bridge, nodes, users);
}

/**
 * What a user's former account deposited, as far as it is not spent: it is told before anything else, and once, so that it cannot be spent by one user
 * and be withdrawn, or spent, by another.
 */
async function takeBack({ bus, links }: Bridge, unlinked: readonly { userId: string; accountId: string }[]): Promise<void> {
  if (unlinked.length === 0) return;
  await bus.request('rewards.syncDeposits', { deposits: unlinked.map((each) => ({ ...each, netYocto: '0' })) });
  await links.forgetUnlinked(unlinked);
}

async function tellDeposits(
  { bus, followed, logger }: Bridge,
  accounts: readonly Untold<FollowedAccount>[],
  users: ReadonlyMap<string, string>,
): Promise<void> {
  const deposits = accounts.flatMap(({ account, escrowYocto, requestedYocto }): DepositState[] => {
    const userId = users.get(account);
    return userId ? [{ userId, accountId: account, netYocto: (escrowYocto - requestedYocto).toString() }] : [];
  });
  const { owed } = deposits.length > 0 ? await bus.request('rewards.syncDeposits', { deposits }) : { owed: [] };
  if (owed.length > 0) logger.info({ owed }, 'withdrawals that wait for tasks on hold');
  const owing = new Set(owed.map(({ userId }) => userId));
  await followed.toldAccounts(accounts.filter(({ account }) => !owing.has(users.get(account) ?? '')));
}

/**
 * A stake counts when the account is the key's own, or one that a user proved to hold: anybody can put a stake behind anybody's key. Others,
 * and those of accounts that are linked no more, count for nothing.
 */
async function tellStakes(bridge: Bridge, nodes: readonly Untold<FollowedNode>[], users: ReadonlyMap<string, string>): Promise<void> {
  if (nodes.length === 0) return;
  const stakes = nodes.map(({ account, nodeKey, stakeYocto, seq }): StakeState => {
    const userId = users.get(account) ?? null;
    const counts = userId !== null || account === implicitAccount(nodeKey);
    return { publicKey: nodeKey, accountId: account, operatorId: userId, stakeYocto: counts ? stakeYocto.toString() : '0', seq };
  });
  await bridge.bus.request('nodes.syncStakes', { stakes, minStakeYocto: bridge.contractConfig.min_stake });
  await bridge.followed.toldNodes(nodes);
}

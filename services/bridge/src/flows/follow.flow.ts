import type { ChainChanges } from '@deai/near';
import type { DepositState, StakeState } from '@deai/protocol';
import { implicitAccountOf } from '../domain/implicit-account.ts';
import type { FollowedAccount, FollowedNode } from '../domain/ports.ts';
import type { Bridge } from './bridge.ts';

const CHANGES_AT_ONCE = 100;
const TOLD_AT_ONCE = 500;

/**
 * Reads what changed in the contract since the last look, in the order of its own numbers, so that nothing is missed however long the chain
 * was away. Read at final blocks: what was seen cannot be undone. States are whole, so seeing one twice changes nothing. @throws NearError
 */
export async function followContract({ contract, followed, now }: Bridge): Promise<void> {
  for (;;) {
    const after = await followed.seq();
    const { seq, changes } = await contract.changes(after, CHANGES_AT_ONCE);
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
    node ? [{ account: node.account_id, nodeKey: node.node_key, stakeYocto: BigInt(node.stake), seq }] : [],
  );
}

/** Tells the ledger of deposits and the node manager of stakes. What could not be told is told at the next look. */
export async function tellNetwork(bridge: Bridge): Promise<void> {
  const { accounts, nodes } = await bridge.followed.untold(TOLD_AT_ONCE);
  const names = [...new Set([...accounts, ...nodes].map(({ account }) => account))];
  const users = await bridge.links.ofAccounts(names);
  await tellDeposits(bridge, accounts, users);
  await tellStakes(bridge, nodes, users);
}

async function tellDeposits(
  { bus, followed, logger }: Bridge,
  accounts: readonly (FollowedAccount & { seq: number })[],
  users: ReadonlyMap<string, string>,
): Promise<void> {
  if (accounts.length === 0) return;
  const deposits = accounts.flatMap(({ account, escrowYocto, requestedYocto }): DepositState[] => {
    const userId = users.get(account);
    return userId ? [{ userId, accountId: account, netYocto: (escrowYocto - requestedYocto).toString() }] : [];
  });
  const { owed } = deposits.length > 0 ? await bus.request('rewards.syncDeposits', { deposits }) : { owed: [] };
  if (owed.length > 0) logger.info({ owed }, 'withdrawals that wait for tasks on hold');
  const owing = new Set(owed.map(({ userId }) => userId));
  await followed.toldAccounts(accounts.filter(({ account }) => !owing.has(users.get(account) ?? '')));
}

/** A stake counts when the account is the key's own, or one that a user proved to hold: anybody can put a stake behind anybody's key. */
async function tellStakes(bridge: Bridge, nodes: readonly FollowedNode[], users: ReadonlyMap<string, string>): Promise<void> {
  if (nodes.length === 0) return;
  const stakes = nodes.flatMap(({ account, nodeKey, stakeYocto, seq }): StakeState[] => {
    const userId = users.get(account) ?? null;
    if (userId === null && account !== implicitAccountOf(nodeKey)) return [];
    return [{ publicKey: nodeKey, accountId: account, operatorId: userId, stakeYocto: stakeYocto.toString(), seq }];
  });
  if (stakes.length > 0) {
    await bridge.bus.request('nodes.syncStakes', { stakes, minStakeYocto: bridge.contractConfig.min_stake });
  }
  await bridge.followed.toldNodes(nodes);
}

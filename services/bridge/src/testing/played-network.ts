import { createPrivateKey } from 'node:crypto';
import type { Bus } from '@deai/bus';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  type CompletionCommit,
  canonicalJson,
  DeaiError,
  type DepositState,
  merkleTree,
  type NodeInfo,
  newId,
  newKeyPair,
  type OwnedReceipt,
  receiptToJson,
  resultLeaf,
  resultsPayload,
  type StakeState,
  settlementParties,
  sha256Hex,
  signText,
  type WireResult,
} from '@deai/protocol';

const OUTPUT = canonicalJson({ results: [[{ confidence: 0.9, language: 'fr' }]] });

/** The services that the bridge asks, with tasks that nodes really signed. */
export interface PlayedNetwork {
  bus: Pick<Bus, 'request'>;
  /** Tasks complete in one commit: so many, of this requester, each at this price. */
  complete(count: number, more?: { requesterId?: string; operatorId?: string; rewardYocto?: bigint; feeYocto?: bigint }): OwnedReceipt[];
  readonly receipts: Map<string, OwnedReceipt>;
  /** Up to which commit the log may forget. */
  settledThrough: string;
  /** Last net amount by account, as the ledger was told. */
  readonly deposits: Map<string, DepositState>;
  /** By key and account. */
  readonly stakes: Map<string, StakeState>;
  readonly nodeKey: string;
  /** Keys of users' nodes. */
  readonly nodesOf: Map<string, string[]>;
}

export function playNetwork(sponsorAccount: string): PlayedNetwork {
  const node = newKeyPair();
  const key = createPrivateKey(node.privateKey);
  const commits: CompletionCommit[] = [];
  const receipts = new Map<string, OwnedReceipt>();
  const answers: { [C in CommandName]?: (input: CommandInput<C>) => CommandOutput<C> } = {
    'tasks.completedSince': ({ after, limit }) => ({ commits: commits.filter(({ id }) => BigInt(id) > BigInt(after)).slice(0, limit) }),
    'tasks.receipts': ({ ids }) => ({ receipts: ids.flatMap((id) => receipts.get(id) ?? []) }),
    'tasks.settledThrough': ({ id }) => {
      played.settledThrough = id;
      return {};
    },
    'rewards.syncDeposits': ({ deposits }) => {
      for (const deposit of deposits) played.deposits.set(deposit.accountId, deposit);
      return { owed: [] };
    },
    'nodes.list': ({ principal }) => ({
      items: (played.nodesOf.get(principal.userId) ?? []).map((publicKey) => ({ publicKey }) as NodeInfo),
      nextCursor: null,
    }),
    'nodes.syncStakes': ({ stakes }) => {
      for (const stake of stakes) played.stakes.set(`${stake.publicKey} ${stake.accountId}`, stake);
      return {};
    },
  };
  const played: PlayedNetwork = {
    receipts,
    settledThrough: '0',
    deposits: new Map(),
    stakes: new Map(),
    nodeKey: node.publicKey,
    nodesOf: new Map(),
    bus: {
      async request<C extends CommandName>(name: C, input: CommandInput<C>): Promise<CommandOutput<C>> {
        const answer = answers[name] as ((input: CommandInput<C>) => CommandOutput<C>) | undefined;
        if (!answer) throw new DeaiError('UNAVAILABLE', { command: name });
        return answer(input);
      },
    },
    complete(count, { requesterId = newId(), operatorId = newId(), rewardYocto = 600n, feeYocto = 30n } = {}) {
      const frame: WireResult[] = Array.from({ length: count }, () => ({
        taskId: newId(),
        leaseId: newId(),
        startedAtMs: Date.now(),
        runMs: 2.5,
        units: 1,
        output: OUTPUT,
      }));
      const tree = merkleTree(frame.map(resultLeaf));
      const signature = signText(key, resultsPayload(frame));
      const made = frame.map((result, i): OwnedReceipt => {
        const receipt = receiptToJson({
          taskId: result.taskId,
          leaseId: result.leaseId,
          ...settlementParties({ sponsorAccount, nodeKey: node.publicKey }),
          nodeKey: node.publicKey,
          kind: 'language-id',
          model: 'lid-176',
          inputHash: sha256Hex('input'),
          outputHash: sha256Hex(OUTPUT),
          units: '1',
          rewardYocto,
          feeYocto,
          startedAtMs: result.startedAtMs,
          runMs: '2.5',
          path: tree.proof(i).map(({ side, hash }) => `${side === 'left' ? 'L' : 'R'}${hash}`),
          signature,
        });
        return { receipt, requesterId, operatorId };
      });
      for (const each of made) receipts.set(each.receipt.taskId, each);
      commits.push({ id: String(1_000 + commits.length), at: new Date().toISOString(), taskIds: frame.map(({ taskId }) => taskId) });
      return made;
    },
  };
  return played;
}

import { formatTokens, type NodeInfo, type NodeLoad, type NodeWhy, TOKEN_SYMBOL } from '@deai/protocol';

/** What the network asks for before it gives a node work; `leastYocto` is null while it is not known. */
interface StakeRule {
  leastYocto: string | null;
}

/** Why a node gets no work, from what is known of it and what waits. Without `rule` no stake is asked for. */
export function explainNode(node: NodeInfo, load: NodeLoad, rule?: StakeRule): NodeWhy {
  const { waitingTasks, matchingTasks, running, credits } = load;
  return { nodeId: node.id, waitingTasks, matchingTasks, running, credits, ...reasonOf(node, load, rule) };
}

type Reason = Pick<NodeWhy, 'reason' | 'explanation'>;

function reasonOf(node: NodeInfo, load: NodeLoad, rule: StakeRule | undefined): Reason {
  if (node.connectedAt === null)
    return { reason: 'never_connected', explanation: 'The node is registered and has never connected: start its agent.' };
  if (node.status === 'offline' || !load.known) {
    return { reason: 'offline', explanation: `The node is not connected; it was last heard from at ${node.lastSeenAt}.` };
  }
  if (node.status === 'maintenance')
    return { reason: 'maintenance', explanation: 'The node is in maintenance: set its mode to online to give it work.' };
  if (node.draining) return { reason: 'draining', explanation: 'The node is draining: it finishes what it has and gets nothing new.' };
  const unstaked = rule && stakeReason(node, rule);
  if (unstaked) return unstaked;
  if (load.running > 0 && load.credits > 0 && load.matchingTasks === 0) {
    return { reason: 'working', explanation: `The node is at work (tasks: ${load.running}), and nothing else that it can run waits.` };
  }
  if (load.credits === 0)
    return { reason: 'no_credits', explanation: `The node holds as many tasks as it offered to hold (tasks: ${load.running}).` };
  if (load.waitingTasks === 0) return { reason: 'no_waiting_work', explanation: 'No task is waiting in the network.' };
  if (load.matchingTasks === 0) {
    const kinds = node.capabilities.map((c) => c.kind).join(', ');
    return {
      reason: 'no_matching_work',
      explanation: `Tasks wait (${load.waitingTasks}), none of them for this node: it runs ${kinds} with ${node.memoryMiB} MiB in region ${node.region}.`,
    };
  }
  return { reason: 'being_assigned', explanation: `Waiting tasks suit the node (${load.matchingTasks}); it is about to be given some.` };
}

function stakeReason({ stakeYocto }: NodeInfo, { leastYocto }: StakeRule): Reason | undefined {
  if (leastYocto !== null && BigInt(stakeYocto) >= BigInt(leastYocto)) return undefined;
  const needed = leastYocto === null ? 'a stake' : `a stake of at least ${formatTokens(leastYocto)} ${TOKEN_SYMBOL}`;
  const has = stakeYocto === '0' ? 'none' : `${formatTokens(stakeYocto)} ${TOKEN_SYMBOL}`;
  const explanation = `The network gives work to nodes with ${needed} behind them, and this one has ${has}: stake for it with deai stake. It gets work as soon as that is seen, without a restart.`;
  return { reason: 'not_staked', explanation };
}

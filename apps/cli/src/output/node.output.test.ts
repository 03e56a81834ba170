import type { NodeStatusResponse } from '@deai/protocol';
import { createColors } from 'picocolors';
import { expect, it } from 'vitest';
import { renderNode, renderNodeWhy } from './node.output.ts';

const AT = '2026-01-01T00:00:00.000Z';
const plain = createColors(false);
const node: NodeStatusResponse = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  name: 'office',
  operatorId: '01890a5d-ac96-774b-bcce-b302099a8058',
  publicKey: 'ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp',
  region: 'eu',
  status: 'online',
  draining: false,
  capabilities: [],
  credits: 1,
  memoryMiB: 512,
  agentVersion: null,
  hardware: null,
  metrics: null,
  registeredAt: AT,
  connectedAt: AT,
  lastSeenAt: AT,
  stakeYocto: '1500000000000000000000000',
  stakeAccount: 'alice.near',
  tasks: { running: 0, completed: 0, failed: 0 },
  earnedYocto: '0',
};

it('shows the stake of a node and whose it is', () => {
  expect(renderNode(plain, node)).toMatch(/stake +1\.5 DEAI by alice\.near/);
  expect(renderNode(plain, { ...node, stakeYocto: '0', stakeAccount: null })).not.toContain('alice');
});

it('says why a node has no work in the words of the network', () => {
  const why = { nodeId: node.id, reason: 'not_staked', explanation: 'stake for it', waitingTasks: 2, matchingTasks: 1 } as const;
  expect(renderNodeWhy(plain, { ...why, running: 0, credits: 1 })).toContain('stake for it');
});

import { serveCalls } from '../process/calls.ts';
import { createBullMq } from './bullmq.ts';
import { createGraphileWorker } from './graphile-worker.ts';
import { createJetStream } from './jetstream.ts';
import { type Amount, type ModeRates, measureParticipant } from './measure.ts';
import type { Participant } from './participant.ts';
import { createPgBoss } from './pg-boss.ts';

async function measured(making: Promise<Participant>, amount: Amount): Promise<ModeRates> {
  const participant = await making;
  try {
    return await measureParticipant(participant, amount);
  } finally {
    await participant.close();
  }
}

const handlers = {
  'graphile-worker': ({ address, amount }: PeerCall) => measured(createGraphileWorker(address), amount),
  'pg-boss': ({ address, amount }: PeerCall) => measured(createPgBoss(address), amount),
  bullmq: ({ address, amount }: PeerCall) => measured(createBullMq(Number(address)), amount),
  'nats-jetstream': ({ address, amount }: PeerCall) => measured(createJetStream(address), amount),
};
export interface PeerCall {
  /** Database or server URL; Redis by its port. */
  address: string;
  amount: Amount;
}
export type PeersHelper = typeof handlers;

serveCalls(handlers);

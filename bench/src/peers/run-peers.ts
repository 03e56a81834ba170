import type { BenchOptions } from '../options.ts';
import { startHelper } from '../process/calls.ts';
import { type Cleanup, createCleanup } from '../process/cleanup.ts';
import { findProgram, installPrograms } from '../process/programs.ts';
import type { Say } from '../run/stage.ts';
import type { PeersHelper } from './main.ts';
import type { ModeRates } from './measure.ts';
import { createDatabase, startNats, startPostgres, startRedis } from './servers.ts';

export const PEERS = ['graphile-worker', 'pg-boss', 'bullmq', 'nats-jetstream'] as const;
export type PeerName = (typeof PEERS)[number];
/** `null` where its server is not installed. */
export type PeersRun = Record<PeerName, ModeRates | null>;

const SERVERS = ['redis-server', 'nats-server'];

/** Every peer in turn, each in a process of its own and alone on the machine. @throws Error when a peer loses a job. */
export async function runPeers(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<PeersRun> {
  installPrograms(SERVERS, say);
  const run: Partial<PeersRun> = {};
  for (const name of PEERS) {
    // Undone with all the rest when somebody presses Ctrl-C.
    const own = createCleanup();
    cleanup.add(() => own.run());
    try {
      run[name] = await measurePeer(name, options, own);
    } finally {
      await own.run();
    }
    say(`${name}: ${describeRates(run[name])}`);
  }
  return run as PeersRun;
}

async function measurePeer(name: PeerName, { sizes }: BenchOptions, cleanup: Cleanup): Promise<ModeRates | null> {
  const address = await startServerOf(name, cleanup);
  if (address === undefined) return null;
  const helper = startHelper<PeersHelper>(new URL('./main.ts', import.meta.url));
  cleanup.add(() => helper.stop());
  return await helper.call(name, { address, amount: { seconds: sizes.peerSeconds, warmupJobs: sizes.peerWarmup } });
}

async function startServerOf(name: PeerName, cleanup: Cleanup): Promise<string | undefined> {
  switch (name) {
    case 'graphile-worker':
    case 'pg-boss':
      return await createDatabase(await startPostgres(cleanup), 'peer');
    case 'bullmq': {
      const program = findProgram('redis-server');
      return program && String(await startRedis(program, cleanup));
    }
    case 'nats-jetstream': {
      const program = findProgram('nats-server');
      return program && (await startNats(program, cleanup));
    }
  }
}

/** Rates for the progress line, jobs a second. */
export function describeRates(rates: ModeRates | null | undefined): string {
  if (!rates) return 'left out, its server is not installed';
  const list = ({ after, during }: ModeRates['single']) => `${after} added then processed, ${during} processed while added`;
  return `single ${list(rates.single)}${rates.batch ? `; bulk ${list(rates.batch)}` : ''}`;
}

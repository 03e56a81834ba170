import { join } from 'node:path';
import { type LocalChain, startLocalChain } from '@deai/local-chain';
import {
  by,
  COMPUTE,
  contractAccounts,
  DEAI,
  deployContracts,
  encodeMany,
  NEAR,
  ROLES,
  richAccount,
  sendMany,
  TOKEN,
} from '@deai/local-chain/testing';
import { nowMs } from '../measure/clock.ts';
import { serveCalls } from '../process/calls.ts';
import { median } from '../report/medians.ts';
import { watchTurns } from './turns.ts';

/** Calls measured at once, and how. */
export interface RateCall {
  /** Folder of the chain; in memory without. */
  dataDir?: string;
  calls: number;
  callers: number;
  runs: number;
}

/** From the start of the process, in milliseconds. */
export interface StartTimes {
  loaded: number;
  open: number;
  deployed: number;
  answered: number;
  /** Processor time of all that. */
  cpu: number;
  /** How long the event loop stood still at most, from `open` on. */
  longestTurn: number;
}

/** How long the event loop stands still while a batch is posted, in milliseconds. */
export interface PostingTurns {
  /** At the first batch of the process, which also compiles the contract. */
  first: number;
  /** At the others: the middle one's longest, and the longest of all. */
  median: number;
  longest: number;
}

/** What a rate cost. */
export interface Rate {
  perS: number;
  /** Processor time of the process with the chain for a call, in microseconds. */
  cpuUs: number;
}

/** As many as the most callers there may be: over RPC the transactions of one key must come in order. */
const SENDERS = Array.from({ length: 256 }, (_, index) => `sender-${index}.near`);
const EMPTY_ROOT = '0'.repeat(64);

let local: LocalChain | undefined;

async function startChain(dataDir?: string): Promise<LocalChain> {
  const accounts = [...contractAccounts(), ...SENDERS.map(richAccount)];
  local = await startLocalChain({ accounts, ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'chain') }) });
  return local;
}

/** A chain with both contracts, the senders holding tokens. */
async function startToken(dataDir?: string): Promise<LocalChain> {
  const started = await startChain(dataDir);
  const { chain } = started;
  await deployContracts(chain);
  const amount = (1_000n * DEAI).toString();
  const register = SENDERS.map((account_id) => by(ROLES.owner, TOKEN, 'storage_deposit', { account_id }, NEAR / 100n));
  const give = SENDERS.map((receiver_id) => by(ROLES.owner, TOKEN, 'ft_transfer', { receiver_id, amount }, 1n));
  await sendMany(chain, encodeMany(chain, [...register, ...give]));
  return started;
}

/** Signed transfers of tokens, each sender to the next one. */
function transfers({ chain }: LocalChain, count: number): Buffer[] {
  const calls = Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((place) => SENDERS[place % SENDERS.length]) as [string, string];
    return by(from, TOKEN, 'ft_transfer', { receiver_id: to, amount: '1' }, 1n);
  });
  return encodeMany(chain, calls);
}

/** Transfers executed and durable, for each run after a warm-up. */
async function rate({ dataDir, calls, callers, runs }: RateCall): Promise<Rate[]> {
  const started = await startToken(dataDir);
  await sendMany(started.chain, transfers(started, calls), callers);
  const rates: Rate[] = [];
  for (let run = 0; run < runs; run++) {
    const encoded = transfers(started, calls);
    const [startedMs, startedCpuUs] = [nowMs(), cpuUs()];
    await sendMany(started.chain, encoded, callers);
    rates.push({ perS: (calls * 1_000) / (nowMs() - startedMs), cpuUs: (cpuUs() - startedCpuUs) / calls });
  }
  await started.close();
  return rates;
}

/** Serves the JSON-RPC of a chain with signed transfers that were not sent. */
async function serve({ dataDir, calls }: Pick<RateCall, 'dataDir' | 'calls'>): Promise<{ url: string; transfers: string[] }> {
  const started = await startToken(dataDir);
  return { url: started.rpcUrl, transfers: transfers(started, calls).map((encoded) => encoded.toString('base64')) };
}

/** Processor time of this process so far, in microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function stop(): Promise<void> {
  await local?.close();
}

/** Opens the chain in a folder, deploys both contracts if they are not there, and calls both. */
async function start({ dataDir }: { dataDir: string }): Promise<StartTimes> {
  const loaded = performance.now();
  const { chain } = await startChain(dataDir);
  const open = performance.now();
  const turns = watchTurns();
  if (chain.viewAccount(COMPUTE).storage_usage < 1_000) await deployContracts(chain);
  const deployed = performance.now();
  const calls = [TOKEN, COMPUTE].map((contract) => by(ROLES.owner, contract, 'storage_deposit', {}, NEAR));
  await sendMany(chain, encodeMany(chain, calls));
  const answered = performance.now();
  return { loaded, open, deployed, answered, cpu: cpuUs() / 1_000, longestTurn: turns.stop() };
}

/** Posts empty batches, one after the other. */
async function postingTurns({ dataDir, batches }: { dataDir: string; batches: number }): Promise<PostingTurns> {
  const { chain } = await startChain(dataDir);
  const { posted } = JSON.parse(Buffer.from(chain.callView(COMPUTE, 'stats', Buffer.from('{}')).result).toString()) as { posted: number };
  const post = (number: number) => {
    const root = (sums: number) => ({ hash: EMPTY_ROOT, sums: Array(sums).fill('0') as string[] });
    return by(ROLES.settler, COMPUTE, 'post_batch', { number, receipts: root(2), rewards: root(1), charges: root(1) });
  };
  const longest: number[] = [];
  for (let index = 1; index <= batches; index++) {
    const encoded = encodeMany(chain, [post(posted + index)]);
    const turns = watchTurns();
    await sendMany(chain, encoded);
    longest.push(turns.stop());
  }
  const [first = 0, ...others] = longest;
  return { first, median: median(others), longest: Math.max(...others) };
}

/** Registers the settler and bonds it, so that it may post. */
async function bond({ dataDir }: { dataDir: string }): Promise<void> {
  const { chain } = await startChain(dataDir);
  const { settler, owner } = ROLES;
  const tokens = { receiver_id: settler, amount: (1_000n * DEAI).toString() };
  const stake = { receiver_id: COMPUTE, amount: (100n * DEAI).toString(), msg: JSON.stringify({ bond: {} }) };
  const run = (call: ReturnType<typeof by>) => sendMany(chain, encodeMany(chain, [call]));
  await run(by(owner, TOKEN, 'storage_deposit', { account_id: settler }, NEAR / 100n));
  await run(by(owner, TOKEN, 'ft_transfer', tokens, 1n));
  await run(by(settler, COMPUTE, 'storage_deposit', {}, 10n * NEAR));
  await run(by(settler, TOKEN, 'ft_transfer_call', stake, 1n));
}

const handlers = { rate, serve, cpuUs, start, postingTurns, bond, stop };
export type ChainProbe = typeof handlers;

serveCalls(handlers);

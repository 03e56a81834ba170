import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnProcess, tempDir } from '@deai/testkit';
import {
  Account,
  actions,
  baseDecode,
  baseEncode,
  createTransaction,
  encodeTransaction,
  JsonRpcProvider,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
  type SignedTransaction,
} from 'near-api-js';
import { describe, expect, it } from 'vitest';
import type { OutcomeView } from '../chain.types.ts';
import { readOrCreateCredentials } from './credentials.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const ROUNDS = 20;
const SENDERS = 4;
const RECEIVER = 'receiver.deai.local';
const START_YOCTO = 1_000n * 10n ** 24n;

interface Sender {
  readonly account: string;
  readonly signer: KeyPairSigner;
  nonce: bigint;
}

/** All that was sent, by hash, and what of it was acknowledged. */
interface Sent {
  readonly all: Map<string, bigint>;
  readonly acknowledged: Set<string>;
}

function connect(url: string): JsonRpcProvider {
  return new JsonRpcProvider({ url }, { retries: 1 });
}

function hashOf({ transaction }: SignedTransaction): string {
  return baseEncode(new Uint8Array(createHash('sha256').update(encodeTransaction(transaction)).digest()));
}

/** Transfers without pause until the chain is gone. Each amount is another, so that sums tell which arrived. */
async function transferUntilKilled(provider: JsonRpcProvider, sender: Sender, sent: Sent): Promise<void> {
  try {
    const publicKey = await sender.signer.getPublicKey();
    // A transaction that was under way at the last kill may be in the chain or not.
    sender.nonce = (await provider.viewAccessKey({ accountId: sender.account, publicKey })).nonce;
    const { header } = await provider.viewBlock({ finality: 'final' });
    for (;;) {
      sender.nonce += 1n;
      const amount = BigInt(sent.all.size + 1);
      const tx = createTransaction(sender.account, publicKey, RECEIVER, sender.nonce, [actions.transfer(amount)], baseDecode(header.hash));
      const { signedTransaction } = await sender.signer.signTransaction(tx);
      const hash = hashOf(signedTransaction);
      sent.all.set(hash, amount);
      const outcome = await provider.sendTransactionUntil(signedTransaction, 'EXECUTED_OPTIMISTIC');
      expect(outcome.status).toEqual({ SuccessValue: '' });
      sent.acknowledged.add(hash);
    }
  } catch (error) {
    if (!/fetch failed|terminated|other side closed|JSON/.test(String(error))) throw error;
  }
}

/** Transfers and burnt fees of everything that is in the chain. */
async function settled(provider: JsonRpcProvider, sent: Sent): Promise<{ transferred: bigint; burnt: bigint; missing: string[] }> {
  let transferred = 0n;
  let burnt = 0n;
  const missing: string[] = [];
  for (const [txHash, amount] of sent.all) {
    const outcome = await provider.viewTransactionStatus({ txHash, accountId: RECEIVER, waitUntil: 'FINAL' }).catch((error: Error) => {
      if (error.constructor.name.includes('UnknownTransaction')) return undefined;
      throw error;
    });
    if (!outcome) {
      if (sent.acknowledged.has(txHash)) missing.push(txHash);
      continue;
    }
    transferred += amount;
    for (const { outcome: part } of [outcome.transaction_outcome, ...outcome.receipts_outcome] as OutcomeView[])
      burnt += BigInt(part.tokens_burnt);
  }
  return { transferred, burnt, missing };
}

describe('a chain whose process is killed', () => {
  it(`keeps every acknowledged transaction through ${ROUNDS} kills`, { timeout: 240_000 }, async () => {
    const data = join(await tempDir(), 'chain');
    const senders: Sender[] = Array.from({ length: SENDERS }, (_, index) => ({
      account: `s${index}.deai.local`,
      signer: new KeyPairSigner(KeyPair.fromRandom('ed25519')),
      nonce: 0n,
    }));
    const sent: Sent = { all: new Map(), acknowledged: new Set() };
    const start = async () => {
      const child = await spawnProcess(process.execPath, [MAIN, '--port', '0', '--data', data, '--json']);
      const [line] = await child.waitForOutput(/^\{.*\}$/m, { timeoutMs: 20_000 });
      const facts = JSON.parse(line) as { rpcUrl: string; credentials: string };
      return { child, provider: connect(facts.rpcUrl), credentials: facts.credentials };
    };

    const first = await start();
    const { secretKey } = await readOrCreateCredentials(first.credentials, 'deai.local');
    const root = new Account('deai.local', first.provider, secretKey as KeyPairString);
    const anyKey = KeyPair.fromRandom('ed25519').getPublicKey();
    await root.createAccount({ newAccountId: RECEIVER, publicKey: anyKey, nearToTransfer: START_YOCTO });
    for (const { account, signer } of senders) {
      await root.createAccount({ newAccountId: account, publicKey: await signer.getPublicKey(), nearToTransfer: START_YOCTO });
    }
    await first.child.stop();

    for (let round = 0; round < ROUNDS; round += 1) {
      const { child, provider } = await start();
      const running = senders.map((sender) => transferUntilKilled(provider, sender, sent));
      await delay(Math.random() * 400);
      child.kill('SIGKILL');
      await child.exited;
      await Promise.all(running);
    }

    const { child, provider } = await start();
    const { transferred, burnt, missing } = await settled(provider, sent);
    expect(missing).toEqual([]);
    expect(sent.acknowledged.size).toBeGreaterThan(ROUNDS);
    const balanceOf = async (accountId: string) => (await provider.viewAccount({ accountId })).amount;
    expect(await balanceOf(RECEIVER)).toBe(START_YOCTO + transferred);
    const rest = (await Promise.all(senders.map(({ account }) => balanceOf(account)))).reduce((sum, amount) => sum + amount);
    expect(rest).toBe(BigInt(SENDERS) * START_YOCTO - transferred - burnt);
    await child.stop();
  });
});

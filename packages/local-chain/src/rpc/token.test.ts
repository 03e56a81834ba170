import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Account, actions, JsonRpcProvider, KeyPair, KeyPairSigner, type KeyPairString, nearToYocto, teraToGas } from 'near-api-js';
import { FungibleToken } from 'near-api-js/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '../node/start-local-chain.ts';

/** Built from Rust with near-sdk, by another route than the tests' own contract. */
const WASM = join(import.meta.dirname, '../../../../contracts/wasm/deai_token.wasm');
const SUPPLY = 10n ** 27n;

describe('the token contract, by near-api-js', () => {
  let local: LocalChain;
  let root: Account;
  const token = new FungibleToken('token.deai.local', { name: 'DeAI', symbol: 'DEAI', decimals: 18 });

  beforeAll(async () => {
    local = await startLocalChain();
    const provider = new JsonRpcProvider({ url: local.rpcUrl });
    root = new Account(local.root.accountId, provider, local.root.secretKey as KeyPairString);
    const args = { owner_id: root.accountId, total_supply: SUPPLY.toString() };
    await root.signAndSendTransaction({
      receiverId: token.accountId,
      actions: [
        actions.createAccount(),
        actions.transfer(nearToYocto('20')),
        actions.deployContract(new Uint8Array(await readFile(WASM))),
        actions.functionCall('new', args, teraToGas('30'), 0n),
      ],
    });
  });
  afterAll(() => local.close());

  it('registers an account and transfers to it, with the events in the outcome', async () => {
    const key = KeyPair.fromRandom('ed25519');
    const newAccountId = 'ann.deai.local';
    await root.createAccount({ newAccountId, publicKey: key.getPublicKey(), nearToTransfer: nearToYocto('1') });
    const ann = new Account(newAccountId, root.provider, new KeyPairSigner(key));
    expect(await token.isAccountRegistered({ accountId: ann.accountId, provider: root.provider })).toBe(false);
    await token.registerAccount({ accountIdToRegister: ann.accountId, fundingAccount: root });
    await token.transfer({ from: root, receiverId: ann.accountId, amount: 7n });
    expect(await ann.getBalance(token)).toBe(7n);
    expect(await root.getBalance(token)).toBe(SUPPLY - 7n);

    const outcome = await ann.callFunctionRaw({
      contractId: token.accountId,
      methodName: 'ft_transfer',
      args: { receiver_id: root.accountId, amount: '3' },
      deposit: 1n,
    });
    const [log = ''] = outcome.receipts_outcome.flatMap(({ outcome: { logs } }) => logs);
    expect(log.startsWith('EVENT_JSON:')).toBe(true);
    expect(JSON.parse(log.slice('EVENT_JSON:'.length))).toMatchObject({ standard: 'nep141', event: 'ft_transfer' });
    expect(await ann.getBalance(token)).toBe(4n);
  });

  it('refuses what an account does not have', async () => {
    await expect(token.transfer({ from: root, receiverId: 'ann.deai.local', amount: SUPPLY })).rejects.toThrow(
      "The account doesn't have enough balance",
    );
  });
});

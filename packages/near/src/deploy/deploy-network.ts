import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { callAction, callContract } from '../call-contract.ts';
import { computeCalls } from '../compute-calls.ts';
import { U128 } from '../compute-contract.ts';
import { escrowOf, ftBalanceOf, storageBalanceOf } from '../compute-views.ts';
import { credentialsPath, openCredentials } from '../credentials.ts';
import type { FunctionCall, NearAction, NearChain, NearCredentials } from '../near.types.ts';
import { NearError } from '../near-error.ts';
import { type Purpose, sendTokens, tokenCalls } from '../token-calls.ts';
import { DEVELOPMENT_CONFIG } from './compute-config.ts';
import type { DeployedNetwork, DeployOptions } from './deploy.types.ts';

const NEAR = 10n ** 24n;
const DEAI = 10n ** 24n;
const INIT_GAS = 50n * 10n ** 12n;
const SUPPLY = 1_000_000_000n * DEAI;
/** NEAR of the other accounts. A contract's pays for its code, 10⁻⁵ a byte: the largest has 446 kB. */
const ACCOUNT_NEAR = { token: 5n * NEAR, compute: 10n * NEAR, exchange: 5n * NEAR, treasury: NEAR, sponsor: NEAR } as const;
const SPONSOR_STORAGE = NEAR / 100n;

/** What the steps share. */
interface Setup {
  chain: NearChain;
  root: NearCredentials;
  options: DeployOptions;
  network: DeployedNetwork;
  keyOf(accountId: string): Promise<NearCredentials>;
}

/**
 * Sets a whole network up below the root account, or what is missing of it: accounts `token`, `compute`, `treasury`, `settler`, `sponsor`
 * (and `exchange`) with their keys in files, the contracts, their registrations, the settler's bond, the sponsor's escrow. Each step looks
 * first whether it is done, so that a run that was cut off is finished by the next one, and a finished one costs some reads. Keys are on disk
 * before their accounts are made. On NEAR's testnet the root needs about 95 NEAR with the defaults, 25 with one of the settler's and four for its records.
 * @throws NearError what {@link callContract} throws; `failed` when an account is there whose key is not in its file.
 */
export async function deployNetwork(chain: NearChain, root: NearCredentials, options: DeployOptions): Promise<DeployedNetwork> {
  const { chainId, credentialsDir } = options;
  const below = (name: string) => `${name}.${root.accountId}`;
  const keyOf = (accountId: string) => openCredentials(credentialsPath(credentialsDir, chainId, accountId), accountId);
  const settlerId = below('settler');
  const network: DeployedNetwork = {
    chainId,
    rootId: root.accountId,
    tokenId: below('token'),
    computeId: below('compute'),
    treasuryId: below('treasury'),
    sponsorId: below('sponsor'),
    ...(options.wasm.exchange ? { exchangeId: below('exchange') } : {}),
    settler: await keyOf(settlerId),
    settlerPath: credentialsPath(credentialsDir, chainId, settlerId),
  };
  const setup: Setup = { chain, root, options, network, keyOf };
  await makeAccounts(setup);
  await registerAccounts(setup);
  await fillBond(setup);
  await fillEscrow(setup);
  return network;
}

async function makeAccounts({ chain, root, options, network, keyOf }: Setup): Promise<void> {
  const { tokenId, computeId, treasuryId, sponsorId, exchangeId, settler } = network;
  const { wasm, supplyYocto = SUPPLY, settlerNear = 50n * NEAR } = options;
  const config = {
    ...DEVELOPMENT_CONFIG,
    ...options.config,
    token: tokenId,
    treasury: treasuryId,
    settler: settler.accountId,
    arbiter: root.accountId,
  };
  const owner_id = root.accountId;
  const wanted: { id: string; near: bigint; code?: string | URL; init?: object }[] = [
    { id: tokenId, near: ACCOUNT_NEAR.token, code: wasm.token, init: { owner_id, total_supply: supplyYocto.toString() } },
    { id: computeId, near: ACCOUNT_NEAR.compute, code: wasm.compute, init: { owner_id, config } },
    { id: treasuryId, near: ACCOUNT_NEAR.treasury },
    { id: sponsorId, near: ACCOUNT_NEAR.sponsor },
    { id: settler.accountId, near: settlerNear },
  ];
  if (exchangeId && wasm.exchange) {
    wanted.push({
      id: exchangeId,
      near: ACCOUNT_NEAR.exchange,
      code: wasm.exchange,
      init: { owner_id, whitelisted_tokens: [tokenId, ...(options.exchangeTokens ?? [])] },
    });
  }
  const present = await Promise.all(wanted.map(async ({ id }) => await chain.balance(id)));
  for (const [index, { id, near, code, init }] of wanted.entries()) {
    const { publicKey } = await keyOf(id);
    if (present[index] !== undefined) {
      await mustHold(chain, id, publicKey);
      continue;
    }
    options.onStep?.(`account ${id}`);
    // In one transaction, whose actions happen together or not at all: there is no account with half a contract.
    const actions: NearAction[] = [
      { type: 'createAccount' },
      { type: 'transfer', yoctoNear: near },
      { type: 'addFullAccessKey', publicKey },
    ];
    if (code && init) {
      actions.push({ type: 'deploy', wasm: await readFile(code) }, callAction({ method: 'new', args: init, gas: INIT_GAS }));
    }
    await callContract(chain, root, { receiverId: id, actions });
  }
}

async function mustHold(chain: NearChain, accountId: string, publicKey: string): Promise<void> {
  if (await chain.accessKey(accountId, publicKey)) return;
  throw new NearError('failed', `${accountId} is there already, and its credentials file holds none of its keys: restore that file`);
}

/** Everybody needs a record with the token, and with the contract who deposits there; one transaction for each contract. */
async function registerAccounts({ chain, root, options, network }: Setup): Promise<void> {
  const { tokenId, computeId, treasuryId, sponsorId, settler } = network;
  const { settlerStorageNear = 25n * NEAR } = options;
  const missing = async (contract: string, ids: readonly string[]) => {
    const known = await Promise.all(ids.map((id) => storageBalanceOf(chain, contract, id)));
    return ids.filter((_, index) => known[index] === undefined);
  };
  const [withToken, withCompute] = await Promise.all([
    missing(tokenId, [computeId, treasuryId, sponsorId, settler.accountId]),
    missing(computeId, [sponsorId, settler.accountId]),
  ]);
  const deposits = withCompute.map((id) => computeCalls.storageDeposit(id === sponsorId ? SPONSOR_STORAGE : settlerStorageNear, id));
  const work: [string, FunctionCall[]][] = [
    [tokenId, withToken.map((id) => tokenCalls.storageDeposit(id))],
    [computeId, deposits],
  ];
  for (const [receiverId, calls] of work) {
    if (calls.length === 0) continue;
    options.onStep?.(`${calls.length} registrations with ${receiverId}`);
    await callContract(chain, root, { receiverId, actions: calls.map(callAction) });
  }
}

/** Only where there is none: one that proven challenges have used up should be looked at by somebody. */
async function fillBond(setup: Setup): Promise<void> {
  const { chain, options, network } = setup;
  const { bondYocto = 1_000n * DEAI } = options;
  const schema = Type.Object({ bond: U128 });
  const { bond } = await chain.view({ contract: network.computeId, method: 'funds', args: {}, schema });
  if (BigInt(bond) > 0n || bondYocto === 0n) return;
  await sendFor(setup, network.settler, bondYocto, { bond: {} });
}

async function fillEscrow(setup: Setup): Promise<void> {
  const { chain, options, network, keyOf } = setup;
  const { sponsorEscrowYocto = SUPPLY / 10n } = options;
  const held = BigInt((await escrowOf(chain, network.computeId, network.sponsorId))?.escrow ?? 0);
  if (held >= sponsorEscrowYocto) return;
  await sendFor(setup, await keyOf(network.sponsorId), sponsorEscrowYocto - held, { deposit: {} });
}

/** Sends tokens to the contract in an account's name; the root gives it what it lacks. */
async function sendFor(
  { chain, root, options, network }: Setup,
  from: NearCredentials,
  amountYocto: bigint,
  purpose: Purpose,
): Promise<void> {
  const { tokenId, computeId } = network;
  options.onStep?.(`${Object.keys(purpose)[0]} of ${from.accountId}`);
  const lacks = amountYocto - (await ftBalanceOf(chain, tokenId, from.accountId));
  if (lacks > 0n) {
    await callContract(chain, root, { receiverId: tokenId, actions: [callAction(tokenCalls.transfer(from.accountId, lacks))] });
  }
  await sendTokens(chain, from, { tokenId, computeId, amountYocto, purpose });
}

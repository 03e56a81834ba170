import { Account, actions, JsonRpcProvider, KeyPairSigner } from 'near-api-js';
import { type ContractViews, createContractViews } from './contract-views.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { signingKeyOf } from './signing-key.ts';

/** The network's contracts, and where the chain is asked. */
export interface ChainPlace {
  rpcUrl: string;
  contractId: string;
  tokenId: string;
}

/** `unstake` asks stake back, `withdraw` takes out what has cooled down since. */
export type StakeAction = 'stake' | 'unstake' | 'withdraw';

/** What is to be done, and the key that signs it. */
export interface StakeOrder {
  action: StakeAction;
  accountId: string;
  nodeKey: string;
  /** All of it when left out; needed to stake. */
  amountYocto: bigint | undefined;
  secretKey: string;
}

const TGAS = 10n ** 12n;
/** As `packages/near` attaches it: above what the calls burn; the rest comes back. */
const GAS = { small: 15n * TGAS, pays: 60n * TGAS };
const ONE_YOCTO = 1n;
/** 0.01 NEAR for the records of a new node, as the command line deposits. */
const NODE_STORAGE_YOCTO = 10n ** 22n;
/** What an account's record costs with the token. */
const TOKEN_STORAGE_YOCTO = 125n * 10n ** 19n;

/** The account that acts, and how it does. */
interface Actor {
  place: ChainPlace;
  order: StakeOrder;
  views: ContractViews;
  onStep(step: string): void;
  call(receiverId: string, method: string, args: object, gas: bigint, deposit: bigint): Promise<Outcome>;
}

/** What was done, and the amount that it was about. */
interface Done {
  transaction: string;
  amountYocto: string;
}

/**
 * Signs and sends what changes a stake, from this page to the chain alone; the key is in memory only, for as long as this runs.
 * @param onStep hears what is being done.
 * @throws Error in words for people, without the key.
 */
export async function changeStake(place: ChainPlace, order: StakeOrder, onStep: (step: string) => void): Promise<Done> {
  const key = signingKeyOf(order.secretKey);
  if (!key) throw new Error('This is no secret key: paste “ed25519:…”, or the PEM file of the node.');
  const provider = new JsonRpcProvider({ url: place.rpcUrl });
  const account = new Account(order.accountId, provider, new KeyPairSigner(key));
  const call: Actor['call'] = async (receiverId, method, args, gas, deposit) => {
    const answer = await account.signAndSendTransaction({
      receiverId,
      actions: [actions.functionCall(method, args, gas, deposit)],
      waitUntil: 'FINAL',
      throwOnFailure: false,
    });
    return outcomeOf(answer);
  };
  onStep('Asking the chain…');
  return await DO[order.action]({ place, order, onStep, call, views: createContractViews(provider) });
}

const DO: Readonly<Record<StakeAction, (actor: Actor) => Promise<Done>>> = { stake, unstake, withdraw };

async function stake(actor: Actor): Promise<Done> {
  const { place, order, views, onStep, call } = actor;
  const { accountId, nodeKey, amountYocto } = order;
  if (amountYocto === undefined) throw new Error('Say how much to stake.');
  const known = await views.stakeOf(place.contractId, accountId, nodeKey);
  await ensureStorage(actor, known === undefined ? NODE_STORAGE_YOCTO : 0n);
  onStep('Staking…');
  const purpose = { [known === undefined ? 'register_node' : 'add_stake']: { node_key: nodeKey } };
  const args = { receiver_id: place.contractId, amount: `${amountYocto}`, msg: JSON.stringify(purpose) };
  const { hash, value, failure } = await call(place.tokenId, 'ft_transfer_call', args, GAS.pays, ONE_YOCTO);
  // A transfer that the contract refused is itself a success: the tokens are back.
  if (value !== `${amountYocto}`) throw new Error(`${failure ?? 'The contract sent the tokens back.'} (transaction ${hash})`);
  return { transaction: hash, amountYocto: `${amountYocto}` };
}

async function unstake({ place, order, views, onStep, call }: Actor): Promise<Done> {
  const { nodeKey, accountId, amountYocto } = order;
  const all = await views.stakeOf(place.contractId, accountId, nodeKey);
  onStep('Asking the stake back…');
  const args = { node_key: nodeKey, ...(amountYocto === undefined ? {} : { amount: `${amountYocto}` }) };
  const { hash } = await mustSucceed(call(place.contractId, 'unstake', args, GAS.small, ONE_YOCTO));
  return { transaction: hash, amountYocto: `${amountYocto ?? all ?? 0n}` };
}

async function withdraw({ place, order, views, onStep, call }: Actor): Promise<Done> {
  const { nodeKey, accountId } = order;
  if ((await views.storageLeft(place.tokenId, accountId)) === undefined) {
    onStep('Registering the account with the token…');
    const args = { account_id: accountId, registration_only: true };
    await mustSucceed(call(place.tokenId, 'storage_deposit', args, GAS.small, TOKEN_STORAGE_YOCTO));
  }
  onStep('Taking out what has cooled down…');
  const { hash, value } = await mustSucceed(call(place.contractId, 'withdraw_stake', { node_key: nodeKey }, GAS.pays, ONE_YOCTO));
  return { transaction: hash, amountYocto: typeof value === 'string' && /^[0-9]{1,39}$/.test(value) ? value : '0' };
}

async function ensureStorage({ place, order, views, onStep, call }: Actor, furtherYocto: bigint): Promise<void> {
  const left = await views.storageLeft(place.contractId, order.accountId);
  const missing = furtherYocto + (left === undefined ? await views.storageLeast(place.contractId) : -left);
  if (missing <= 0n) return;
  onStep('Paying for the account’s records with the contract…');
  await mustSucceed(call(place.contractId, 'storage_deposit', {}, GAS.small, missing));
}

async function mustSucceed(doing: Promise<Outcome>): Promise<Outcome> {
  const outcome = await doing;
  if (outcome.failure !== undefined) throw new Error(`${outcome.failure} (transaction ${outcome.hash})`);
  return outcome;
}

import { readFile } from 'node:fs/promises';
import type { Chain, GenesisAccount } from '../chain.types.ts';
import type { Action } from '../runtime/action.types.ts';
import { call, failureOf, keyOf, NEAR, send, TGAS } from '../runtime/fixtures/transactions.fixture.ts';

/** Where the contracts are. */
export const TOKEN = 'token.near';
export const COMPUTE = 'compute.near';
/** Who has a role in them; all tokens are the owner's at first. */
export const ROLES = { owner: 'owner.near', treasury: 'treasury.near', settler: 'settler.near', arbiter: 'arbiter.near' } as const;
/** One token in yocto. */
export const DEAI = 10n ** 24n;

const HOUR_MS = 3_600_000;
const SUPPLY = 1_000_000_000n * DEAI;
const deai = (amount: bigint) => (amount * DEAI).toString();

/** Settings of the compute contract, those of its own tests. */
export const CONFIG = {
  token: TOKEN,
  treasury: ROLES.treasury,
  settler: ROLES.settler,
  arbiter: ROLES.arbiter,
  min_stake: deai(100n),
  min_bond: deai(50n),
  challenge_bounty: deai(20n),
  cooldown_ms: 48 * HOUR_MS,
  challenge_ms: HOUR_MS,
  notice_ms: HOUR_MS,
  exit_ms: 24 * HOUR_MS,
  appeal_ms: 24 * HOUR_MS,
  resolve_ms: 72 * HOUR_MS,
  lease_ms: HOUR_MS,
  task_keep_ms: 24 * HOUR_MS,
  batch_keep_ms: 48 * HOUR_MS,
  upgrade_delay_ms: 48 * HOUR_MS,
  fee_bps: 500,
  equivocation_bps: 10_000,
  reporter_bps: 1_000,
} as const;

/** The contracts' accounts and those of the roles, rich, with the keys of their names. */
export function contractAccounts(): GenesisAccount[] {
  return [TOKEN, COMPUTE, ...Object.values(ROLES)].map(richAccount);
}

/** An account with 10,000 NEAR and the key of its name. */
export function richAccount(accountId: string): GenesisAccount {
  return { accountId, balanceYocto: 10_000n * NEAR, publicKeys: [keyOf(accountId).text] };
}

/** The committed WebAssembly of a contract, e.g. `deai_token`. */
export async function contractWasm(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(`../../../../contracts/wasm/${name}.wasm`, import.meta.url)));
}

/** Deploys and starts both contracts on a chain with `contractAccounts`; the compute contract is registered with the token. */
export async function deployContracts(chain: Chain): Promise<void> {
  await deploy(chain, TOKEN, 'deai_token', { owner_id: ROLES.owner, total_supply: SUPPLY.toString() });
  await deploy(chain, COMPUTE, 'deai_compute', { owner_id: ROLES.owner, config: CONFIG });
  const register = call('storage_deposit', { account_id: COMPUTE }, 30 * TGAS, NEAR / 100n);
  await must(chain, ROLES.owner, TOKEN, register);
}

async function deploy(chain: Chain, accountId: string, name: string, args: object): Promise<void> {
  await must(chain, accountId, accountId, { kind: 'DeployContract', code: await contractWasm(name) }, call('new', args));
}

async function must(chain: Chain, signerId: string, receiverId: string, ...actions: Action[]): Promise<void> {
  const failure = failureOf(await send(chain, { signerId, receiverId, actions }));
  if (failure) throw new Error(`${signerId} at ${receiverId}: ${JSON.stringify(failure)}`);
}

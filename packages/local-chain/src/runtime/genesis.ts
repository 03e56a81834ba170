import type { GenesisAccount, GenesisOptions } from '../chain.types.ts';
import { sha256Base58 } from '../crypto/sha256.ts';
import { LIMITS, STORAGE_NUM_BYTES_ACCOUNT } from '../vm/parameters.ts';
import { isAccountId } from './account-id.ts';
import { accessKeyStorage } from './environment.ts';
import { parsePublicKey } from './public-key.ts';
import { NO_CODE, type State } from './state.ts';

/** What a chain keeps of its beginning. */
export interface Genesis {
  readonly chainId: string;
  readonly hash: string;
  readonly height: number;
  readonly timeNs: string;
  readonly registrarId: string;
  readonly gasPriceYocto: bigint;
  readonly maxTotalPrepaidGas: number;
}

/** NEAR's minimum, yocto per gas. */
const GAS_PRICE = 100_000_000n;
const MAX_TOTAL_PREPAID_GAS = 300_000_000_000_000;

/** Puts the first accounts into an empty state. @throws Error for account ids or keys that are none */
export function createGenesis(state: State, options: GenesisOptions, timeNs: bigint): Genesis {
  const [first] = options.accounts;
  if (first === undefined) throw new Error('a chain needs at least one genesis account: pass genesis.accounts');
  for (const account of options.accounts) createAccount(state, account);
  const chainId = options.chainId ?? 'localnet';
  return {
    chainId,
    hash: '',
    height: 0,
    timeNs: timeNs.toString(),
    registrarId: options.registrarId ?? first.accountId,
    gasPriceYocto: options.gasPriceYocto ?? GAS_PRICE,
    maxTotalPrepaidGas: options.maxTotalPrepaidGas ?? MAX_TOTAL_PREPAID_GAS,
  };
}

function createAccount(state: State, { accountId, balanceYocto, publicKeys, code }: GenesisAccount): void {
  if (!isAccountId(accountId)) throw new Error(`genesis account ${accountId}: not an account id`);
  let storageUsage = STORAGE_NUM_BYTES_ACCOUNT;
  for (const text of publicKeys) {
    const key = parsePublicKey(text);
    if (key === undefined) throw new Error(`genesis account ${accountId}: ${text} is no public key (ed25519:… or secp256k1:…)`);
    const accessKey = { nonce: 0, permission: { kind: 'FullAccess' } } as const;
    storageUsage += accessKeyStorage(key, accessKey);
    state.set('accessKey', accountId, key, accessKey);
  }
  if (code && code.length > LIMITS.max_contract_size) throw new Error(`genesis account ${accountId}: its code is too large`);
  if (code) state.set('code', accountId, '', code);
  const codeHash = code ? sha256Base58(code) : NO_CODE;
  state.setAccount(accountId, { amount: balanceYocto, locked: 0n, codeHash, storageUsage: storageUsage + (code?.length ?? 0) });
}

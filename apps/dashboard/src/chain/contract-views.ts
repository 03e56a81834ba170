import type { JsonRpcProvider } from 'near-api-js';

const isAmount = (value: unknown): value is string => typeof value === 'string' && /^[0-9]{1,39}$/.test(value);

/** An amount of a contract's answer, by its name. @throws Error for an answer that has none. */
function amountIn(answer: unknown, name: string): bigint {
  const value = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : undefined;
  if (!isAmount(value)) throw new Error(`The contract answered no ${name}.`);
  return BigInt(value);
}

/** Reads of the contracts that staking needs. */
export interface ContractViews {
  /** NEAR that an account has with a contract for further records, in yocto; `undefined` when it is not registered there. */
  storageLeft(contractId: string, accountId: string): Promise<bigint | undefined>;
  /** The least NEAR that registers an account, in yocto. */
  storageLeast(contractId: string): Promise<bigint>;
  /** At stake behind a node, in yocto; `undefined` when the account has none there. */
  stakeOf(contractId: string, accountId: string, nodeKey: string): Promise<bigint | undefined>;
}

export function createContractViews(provider: JsonRpcProvider): ContractViews {
  const view = (contractId: string, method: string, args: object): Promise<unknown> =>
    provider.callFunction({ contractId, method, args: args as Record<string, unknown> });
  return {
    async storageLeft(contractId, accountId) {
      const answer = await view(contractId, 'storage_balance_of', { account_id: accountId });
      return answer === null || answer === undefined ? undefined : amountIn(answer, 'available');
    },
    storageLeast: async (contractId) => amountIn(await view(contractId, 'storage_balance_bounds', {}), 'min'),
    async stakeOf(contractId, accountId, nodeKey) {
      const answer = await view(contractId, 'get_node', { account_id: accountId, node_key: nodeKey });
      return answer === null || answer === undefined ? undefined : amountIn(answer, 'stake');
    },
  };
}

import type { TSchema } from 'typebox';
import type { Chain, TxHandle } from '../chain.types.ts';

/** What methods work with. */
export interface RpcContext {
  readonly chain: Chain;
  /** Shown as the only validator, the author of all blocks. */
  readonly validator: { readonly accountId: string; readonly publicKey: string };
  /** Gas that a transaction may attach in all. */
  readonly maxTotalPrepaidGas: number;
  /** The account that may create top-level accounts. */
  readonly registrarId: string;
  /** How long a request may wait for a transaction; TIMEOUT_ERROR after it. Milliseconds. */
  readonly waitTimeoutMs: number;
  /** Transactions that were sent here and are not executed yet, by hash. */
  readonly underWay: Map<string, TxHandle>;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Host and port, for `status`. */
  readonly rpcAddress: () => string;
  /** The methods that change state without a transaction: `sandbox_…` and `deai_…`. */
  readonly sandbox: boolean;
}

/** One JSON-RPC method. */
export interface RpcMethod {
  /** Of named parameters. */
  readonly params: TSchema;
  /** Turns the older positional form into the named one. */
  readonly named?: (positional: readonly unknown[]) => unknown;
  /** @param params - checked against the schema */
  run(context: RpcContext, params: unknown): unknown;
}

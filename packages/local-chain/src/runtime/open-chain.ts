import type { BlockRecord, ChainOptions, OpenChain } from '../chain.types.ts';
import { sha256Base58 } from '../crypto/sha256.ts';
import { createGenesis, type Genesis } from './genesis.ts';
import { History } from './history.ts';
import { LocalChain } from './local-chain.ts';
import { closeBlock, RECORDS } from './make-block.ts';
import { State } from './state.ts';

/**
 * Continues the chain that the store holds, or begins one.
 * @throws Error when the store holds a chain of another `chainId`
 */
export const openChain: OpenChain = async (options) => {
  const state = new State();
  state.load(await options.store.load());
  const history = new History(options.store);
  const known = state.record<Genesis>(RECORDS.genesis);
  if (known === undefined) return begin(options, state, history);
  const wanted = options.genesis.chainId ?? known.chainId;
  if (wanted !== known.chainId) throw new Error(`the store holds the chain ${known.chainId}, not ${wanted}: use another folder`);
  const head = state.record<BlockRecord>(RECORDS.head);
  if (head === undefined) throw new Error('the store is damaged: it has a genesis but no head');
  return new LocalChain(options, known, state, history, head);
};

async function begin(options: ChainOptions, state: State, history: History): Promise<LocalChain> {
  const timestampNs = BigInt(Math.floor(options.clock.nowMs())) * 1_000_000n;
  const genesis = createGenesis(state, options.genesis, timestampNs);
  const env = {
    state,
    chainId: genesis.chainId,
    height: genesis.height,
    timestampNs,
    epochHeight: 1,
    gasPrice: genesis.gasPriceYocto,
    registrarId: genesis.registrarId,
    maxTotalPrepaidGas: genesis.maxTotalPrepaidGas,
    randomValue: sha256Base58(`genesis/${genesis.chainId}/${timestampNs}`),
  };
  const supply = options.genesis.accounts.reduce((sum, { balanceYocto }) => sum + balanceYocto, 0n);
  const nothing = { executed: [], next: [], gasBurnt: 0 };
  const { record, commit } = closeBlock(env, undefined, { included: [], queue: nothing, supply });
  const withHash: Genesis = { ...genesis, hash: record.hash };
  state.setRecord(RECORDS.genesis, withHash);
  const block = { ...commit, state: [...commit.state, ...state.writes(state.takeJournal())] };
  await options.store.commit(block);
  return new LocalChain(options, withHash, state, history, record);
}

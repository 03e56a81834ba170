import { NearError, type TokenBooks, tokenBooks } from '@deai/near';
import { DeaiError, type SettlementToken } from '@deai/protocol';
import type { BridgeConfig } from '../config.ts';
import type { Bridge } from './bridge.ts';

/** The chain is asked at most this often, whoever asks, and also while it does not answer. */
const FRESH_MS = 3_000;

/** The token's supply and where it is. @throws DeaiError `CHAIN_UNAVAILABLE` */
export function createTokenView(
  { chain, contractConfig, now }: Bridge,
  { tokenId, contractId }: Pick<NonNullable<BridgeConfig['chain']>, 'tokenId' | 'contractId'>,
): () => Promise<SettlementToken> {
  const accounts = { tokenId, computeId: contractId, treasuryId: contractConfig.treasury };
  let kept: { atMs: number; token: Promise<SettlementToken> } | undefined;

  async function read(): Promise<SettlementToken> {
    try {
      const books = await tokenBooks(chain, accounts);
      return { tokenId, contractId, treasuryId: accounts.treasuryId, ...books.metadata, ...totalsOf(books) };
    } catch (error) {
      if (!(error instanceof NearError)) throw error;
      throw new DeaiError('CHAIN_UNAVAILABLE', { reason: error.message }, { cause: error });
    }
  }
  return () => {
    if (!kept || now() - kept.atMs >= FRESH_MS) kept = { atMs: now(), token: read() };
    return kept.token;
  };
}

function totalsOf({ block, supply, ofCompute, ofTreasury, funds, settled }: TokenBooks) {
  return {
    height: block.height,
    at: new Date(block.atMs).toISOString(),
    supplyYocto: supply.toString(),
    contractYocto: ofCompute.toString(),
    treasuryYocto: ofTreasury.toString(),
    elsewhereYocto: (supply - ofCompute - ofTreasury).toString(),
    heldYocto: funds.held,
    parts: {
      stakesYocto: funds.stakes,
      escrowYocto: funds.escrow,
      unclaimedYocto: funds.rewards,
      bondYocto: funds.bond,
      balancesYocto: funds.balances,
      tasksYocto: funds.tasks,
      inFlightYocto: funds.in_flight,
    },
    settledYocto: settled.toString(),
    claimedYocto: (settled - BigInt(funds.rewards)).toString(),
  };
}

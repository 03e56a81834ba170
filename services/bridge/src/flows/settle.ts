import { NearError } from '@deai/near';
import { buildNext } from './batch.flow.ts';
import { type Bridge, Stuck } from './bridge.ts';
import { runClaims } from './claims.flow.ts';
import { checkRejections, tellSettled, watchOpenBatches } from './finality.flow.ts';
import { followContract, tellNetwork } from './follow.flow.ts';
import { checkOutbox, runOutbox } from './outbox.flow.ts';

/** Settlement, round by round. Killed at any point, the next round of whichever instance goes on from what the database says. */
export interface Settlement {
  /** Does what can be done now: sends what is noted, builds the next batch when it is time, makes the oldest one final. */
  settle(): Promise<void>;
  /** Looks for deposits and stakes, and passes them on. */
  follow(): Promise<void>;
  /** Why it does not go on, in words that may be shown to everybody; `undefined` when it does. */
  readonly problem: string | undefined;
}

export function createSettlement(bridge: Bridge, onBuilt: (receipts: number) => void = () => undefined): Settlement {
  const problems = new Map<'settling' | 'following' | 'claiming', string>();
  const told = { through: '' };
  let nextBuildMs = 0;
  let nextLookMs = 0;
  const startedMs = Date.now();

  async function guarded(what: 'settling' | 'following' | 'claiming', work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (problems.delete(what)) bridge.logger.info({ what }, 'settlement goes on');
    } catch (error) {
      const known = error instanceof Stuck || error instanceof NearError;
      const problem = error instanceof Stuck ? error.message : known ? `the chain: ${(error as Error).message}` : 'a fault, see the log';
      if (problems.get(what) !== problem)
        bridge.logger[error instanceof NearError ? 'warn' : 'error']({ err: error, what }, 'settlement waits');
      problems.set(what, problem);
    }
  }
  /** A challenge window may be hours long: the chain is not asked at every round. */
  async function watch(): Promise<void> {
    const askChain = bridge.now() >= nextLookMs;
    await watchOpenBatches(bridge, { askChain });
    if (askChain) nextLookMs = bridge.now() + bridge.config.pollMs;
  }
  async function build(): Promise<void> {
    if (bridge.now() < nextBuildMs) return;
    await checkRejections(bridge, startedMs);
    const built = await buildNext(bridge);
    if (built) onBuilt(built.receipts);
    // A backlog is not waited for; a failure is tried again at the next round.
    if (!built?.full) nextBuildMs = bridge.now() + bridge.config.everyMs;
  }

  return {
    async settle() {
      await guarded('settling', async () => {
        await runOutbox(bridge);
        await watch();
        await tellSettled(bridge, told);
        await build();
        await runOutbox(bridge);
        await checkOutbox(bridge);
      });
      await guarded('claiming', () => runClaims(bridge));
    },
    follow: () =>
      guarded('following', async () => {
        bridge.contractConfig = await bridge.contract.config();
        await followContract(bridge);
        await tellNetwork(bridge);
      }),
    get problem() {
      return problems.size === 0 ? undefined : [...problems.values()].join('; ');
    },
  };
}

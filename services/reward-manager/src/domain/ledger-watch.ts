import type { LedgerAudit } from '@deai/protocol';
import type { Logger, Metrics } from '@deai/service-kit';
import type { LedgerStore } from './ports.ts';
import { shareRuns } from './share-runs.ts';

/** Audits the ledger and keeps what the last audit found: in the log, the gauges and the health. */
export interface LedgerWatch {
  /** An audit that began after this call. */
  audit(): Promise<LedgerAudit>;
  /** `undefined` while the last audit found nothing wrong. */
  readonly problem: string | undefined;
}

export function createLedgerWatch(store: Pick<LedgerStore, 'audit'>, logger: Logger, metrics: Metrics): LedgerWatch {
  const balanced = metrics.gauge('deai_ledger_balanced', 'Whether the last audit found the ledger balanced (1) or not (0)');
  const sum = metrics.gauge('deai_ledger_sum_yocto', 'Sum over all accounts, which must be zero');
  const totals = metrics.gauge('deai_ledger_account_yocto', 'Sum of the balances of all accounts of a type', ['type']);
  const duration = metrics.histogram('deai_ledger_audit_seconds', 'Duration of ledger audits');
  let problem: string | undefined;

  function show(audit: LedgerAudit): void {
    balanced.set(audit.balanced ? 1 : 0);
    sum.set(Number(audit.sumYocto));
    totals.set({ type: 'issuance' }, -Number(audit.issuedYocto));
    totals.set({ type: 'escrow' }, -Number(audit.escrowYocto));
    totals.set({ type: 'available' }, Number(audit.availableYocto));
    totals.set({ type: 'held' }, Number(audit.heldYocto));
    totals.set({ type: 'earned' }, Number(audit.earnedYocto));
    totals.set({ type: 'fees' }, Number(audit.feesYocto));
  }

  async function audit(): Promise<LedgerAudit> {
    const stopClock = duration.startTimer();
    try {
      const found = await store.audit();
      stopClock();
      show(found);
      problem = found.balanced ? undefined : describe(found);
      if (problem !== undefined) logger.error({ audit: found }, 'the ledger is not balanced');
      return found;
    } catch (error) {
      problem = `the audit failed: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    }
  }

  return {
    audit: shareRuns(audit),
    get problem() {
      return problem;
    },
  };
}

function describe({ sumYocto, mismatchedAccounts, unbalancedJournals }: LedgerAudit): string {
  return `the ledger is not balanced: sum ${sumYocto}, ${mismatchedAccounts} accounts differ from their entries, ${unbalancedJournals} journals do not sum to zero`;
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerAudit, SettlementStatus } from '@deai/protocol';
import { type DeaiClient, parseTokens } from '@deai/sdk';
import pc from 'picocolors';
import type { DemoConfig } from './config.ts';
import type { Processes } from './processes.ts';
import { tokens } from './report.ts';

const STAKE = '100';
/** NEAR for storage and gas of a node's own account. */
const NEAR = '2';
const POLL_MS = 250;

/** What a node's own account has on chain, as `deai balance` tells it. */
export interface NodeBalance {
  accountId: string;
  tokensYocto: string;
  stakes: { stakeYocto: string }[];
  claimableYocto: string | null;
}

/** The chain as the demo uses it: by the commands that an operator would use. */
export interface ChainSteps {
  /** Funds and stakes the nodes that have no stake yet. */
  stakeAll(names: readonly string[]): Promise<void>;
  /** Takes out what is final; what is there then. */
  claimAll(names: readonly string[]): Promise<Map<string, NodeBalance>>;
  /** Writes a task's receipt, input and output to files and checks all of it, its root on chain too. */
  verifyReceipt(taskId: string, apiKey: string): Promise<{ file: string; checks: string[]; valid: boolean }>;
}

interface Verdict {
  valid: boolean;
  checks: { check: string; ok: boolean | null }[];
}

export function createChainSteps(config: DemoConfig, processes: Processes, url: string): ChainSteps {
  const env = { DEAI_URL: url };
  const folder = (name: string) => join(config.dataDir, 'nodes', name);
  const root = join(config.dataDir, 'network', 'chain', 'credentials', 'deai-local', 'deai.local.json');

  async function balances(names: readonly string[]): Promise<Map<string, NodeBalance>> {
    const all = names.map(async (name) => {
      return [name, await processes.run<NodeBalance>(['balance', '--node-dir', folder(name)], env)] as const;
    });
    return new Map(await Promise.all(all));
  }
  return {
    async stakeAll(names) {
      const before = await balances(names);
      const unstaked = names.filter((name) => before.get(name)?.stakes.length === 0);

      // One after the other: they all come from the root account's key.
      for (const name of unstaked) {
        const { accountId, tokensYocto } = before.get(name) as NodeBalance;
        if (BigInt(tokensYocto) >= BigInt(parseTokens(STAKE))) continue;
        await processes.run(['chain', 'fund', accountId, '--near', NEAR, '--tokens', STAKE, '--credentials', root], env);
      }
      await Promise.all(unstaked.map((name) => processes.run(['stake', STAKE, '--node-dir', folder(name)], env)));
    },
    async claimAll(names) {
      const before = await balances(names);
      const due = names.filter((name) => BigInt(before.get(name)?.claimableYocto ?? 0) > 0n);
      if (due.length === 0) return before;
      await Promise.all(due.map((name) => processes.run(['claim', '--node-dir', folder(name)], env)));
      return await balances(names);
    },
    async verifyReceipt(taskId, apiKey) {
      const asRequester = { ...env, DEAI_API_KEY: apiKey };
      const ask = <T>(...args: string[]) => processes.run<T>(args, asRequester);
      const fileOf = (name: string) => join(config.dataDir, `${name}.json`);
      const file = fileOf('receipt');
      const keep = (name: string, value: unknown) => writeFile(fileOf(name), JSON.stringify(value));
      await Promise.all([
        ask('receipt', 'get', taskId, '--out', file),
        ask('tasks', 'input', taskId).then((input) => keep('input', input)),
        ask<{ output: unknown }>('tasks', taskId).then(({ output }) => keep('output', output)),
      ]);
      const { valid, checks } = await ask<Verdict>('receipt', 'verify', file, '--input', fileOf('input'), '--output', fileOf('output'));
      return { file, valid, checks: checks.flatMap(({ check, ok }) => (ok ? [check] : [])) };
    },
  };
}

/** Waits until everything that completed is final on chain. */
export async function untilSettled(client: DeaiClient, signal: AbortSignal): Promise<SettlementStatus> {
  for (;;) {
    const status = await client.settlement.status({ signal });
    if (status.problem) throw new Error(`settlement waits: ${status.problem}`);
    const { waiting, posted } = status.batches;
    if (waiting + posted === 0 && status.lagS === 0) return status;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface Settled {
  before: SettlementStatus;
  after: SettlementStatus;
  auditBefore: LedgerAudit;
  audit: LedgerAudit;
  balancesBefore: Map<string, NodeBalance>;
  balances: Map<string, NodeBalance>;
}

/** What settlement put on chain and paid, against the ledger, to the last unit. */
export function chainLines({ before, after, auditBefore, audit, balancesBefore, balances }: Settled): { lines: string[]; agree: boolean } {
  const grown = (now: string, then: string) => BigInt(now) - BigInt(then);
  const settledReward = grown(after.finalRewardYocto, before.finalRewardYocto);
  const settledFee = grown(after.finalFeeYocto, before.finalFeeYocto);
  const earned = grown(audit.earnedYocto, auditBefore.earnedYocto);
  const fees = grown(audit.feesYocto, auditBefore.feesYocto);
  const paid = [...balances].map(([name, { tokensYocto }]) => {
    const then = balancesBefore.get(name)?.tokensYocto ?? '0';
    return { name, then, now: tokensYocto, gained: grown(tokensYocto, then) };
  });
  const claimed = paid.reduce((sum, { gained }) => sum + gained, 0n);
  const checks: [string, boolean][] = [
    [`settled rewards ${tokens(settledReward)} = rewards of the ledger`, settledReward === earned],
    [`settled fees ${tokens(settledFee)} = fees of the ledger`, settledFee === fees],
    [`nodes claimed ${tokens(claimed)} = settled rewards`, claimed === settledReward],
  ];
  const nodes = paid.map(({ name, then, now, gained }) => {
    return `  ${name.padEnd(8)} ${tokens(then)} → ${tokens(now)} DEAI on chain ${pc.dim(`(+${tokens(gained)})`)}`;
  });
  const batches = `  batches ${before.batches.lastFinal + 1} to ${after.batches.lastFinal} with ${after.receipts - before.receipts} receipts are final at ${after.contractId}`;
  const lines = checks.map(([text, ok]) => `  ${ok ? pc.green('✓') : pc.red('✗')} ${text}`);
  return { lines: [batches, ...nodes, ...lines], agree: checks.every(([, ok]) => ok) };
}

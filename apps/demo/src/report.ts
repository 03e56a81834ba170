import type { Billing, LedgerAudit, Task } from '@deai/protocol';
import { formatTokens } from '@deai/sdk';
import pc from 'picocolors';
import type { Assignment } from './work.ts';

const SHOWN_DECIMALS = 9;
export const tokens = (yocto: string | bigint) => formatTokens(yocto, SHOWN_DECIMALS);
const ms = (value: number | null) => `${Math.round(value ?? 0)} ms`;
const sum = (values: (string | null)[]) => values.reduce((total, value) => total + BigInt(value ?? 0), 0n);

/** Two lines for a result: what came out, and who did it, how fast and for how much. */
export function resultLines(assignment: Assignment, task: Task, nodeName: string, position: string): string {
  const kind = pc.cyan(task.kind.padEnd(11));
  if (task.status !== 'completed')
    return `${pc.red('✗')} ${position} ${kind} ${assignment.title}: ${task.error?.code} ${task.error?.message}`;
  const facts = [
    `node ${nodeName}`,
    `queue ${ms(task.queueMs)}`,
    `run ${ms(task.runMs)}`,
    `price ${tokens(task.priceYocto ?? '0')}`,
    `reward ${tokens(task.rewardYocto ?? '0')} DEAI`,
  ];
  return `${pc.green('✓')} ${position} ${kind} ${assignment.title}: ${assignment.read(task)}\n          ${pc.dim(facts.join(' · '))}`;
}

/** What each node did and earned. */
export function nodeLines(tasks: Task[], names: Map<string, string>): string[] {
  return [...names].map(([id, name]) => {
    const done = tasks.filter((task) => task.nodeId === id && task.status === 'completed');
    const kinds = [...new Set(done.map((task) => task.kind))].join(', ') || 'nothing';
    return `  ${name.padEnd(8)} ${String(done.length).padStart(2)} tasks  ${tokens(sum(done.map((t) => t.rewardYocto))).padStart(10)} DEAI  (${kinds})`;
  });
}

export interface Books {
  lines: string[];
  balanced: boolean;
}

/** The requester's money, the operators' and the network's, against each other. */
export function books(tasks: Task[], before: Billing, after: Billing, auditBefore: LedgerAudit, audit: LedgerAudit): Books {
  const [price, reward, fee] = [
    sum(tasks.map((t) => t.priceYocto)),
    sum(tasks.map((t) => t.rewardYocto)),
    sum(tasks.map((t) => t.feeYocto)),
  ];
  const spent = BigInt(before.availableYocto) - BigInt(after.availableYocto);
  const earned = BigInt(audit.earnedYocto) - BigInt(auditBefore.earnedYocto);
  const fees = BigInt(audit.feesYocto) - BigInt(auditBefore.feesYocto);
  const checks: [string, boolean][] = [
    [`requester spent ${tokens(spent)} = prices ${tokens(price)}, nothing left on hold`, spent === price && after.heldYocto === '0'],
    [`prices ${tokens(price)} = rewards ${tokens(reward)} + fees ${tokens(fee)}`, price === reward + fee],
    [`operators earned ${tokens(earned)}, the network ${tokens(fees)}`, earned === reward && fees === fee],
    [
      `ledger: ${audit.accounts} accounts sum to ${audit.sumYocto}, every balance equals its entries`,
      audit.balanced && audit.sumYocto === '0',
    ],
  ];
  const lines = checks.map(([text, ok]) => `  ${ok ? pc.green('✓') : pc.red('✗')} ${text}`);
  return { lines, balanced: checks.every(([, ok]) => ok) };
}

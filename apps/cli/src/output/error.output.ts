import { DeaiApiError, TaskFailedError } from '@deai/sdk';
import { CommanderError } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { HINTS } from './hints.ts';
import type { Output } from './output.ts';

/** An error in the words of the terminal. */
export interface ErrorReport {
  code: string;
  message: string;
  hint?: string | undefined;
  details?: unknown;
  requestId?: string | undefined;
  taskId?: string | undefined;
  exitCode: ExitCode;
}

/** Turns anything thrown into a report. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof CliError) return { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode };
  if (error instanceof TaskFailedError) return taskReport(error);
  if (error instanceof DeaiApiError) {
    const { code, status, message, details, requestId } = error;
    return {
      code,
      message: withProblems(message, details),
      hint: hintOf(code, details),
      details,
      requestId,
      exitCode: exitCodeOf(code, status),
    };
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { code: 'USAGE', message: capital(message), hint: 'See deai --help, or --help after any command.', exitCode: EXIT.usage };
  }
  if (isChain(error)) return chainReport(error);
  if (isAbort(error)) return { code: 'INTERRUPTED', message: 'Interrupted.', exitCode: EXIT.interrupted };
  if (isCoded(error)) {
    const { code, message, details, status } = error;
    return { code, message: withProblems(message, details), hint: hintOf(code, details), details, exitCode: exitCodeOf(code, status) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'UNEXPECTED', message, exitCode: EXIT.failed };
}

/** Codes that would only repeat the message. */
const PLAIN: readonly string[] = ['USAGE', 'INTERRUPTED', 'UNEXPECTED'];

/** Writes what happened on one line and what to do next on another, or both as one JSON object; to standard error. */
export function writeError(output: Output, report: ErrorReport): void {
  if (output.json) {
    output.error(JSON.stringify({ error: report }));
    return;
  }
  const c = output.errorColors;
  // Whoever reads the log needs the request's id; for a refusal it would only lengthen the line.
  const broken = report.exitCode === EXIT.failed || report.exitCode === EXIT.unavailable;
  const facts = [PLAIN.includes(report.code) ? '' : report.code, broken && report.requestId ? `request ${report.requestId}` : '']
    .filter(Boolean)
    .join(', ');
  output.error(`${c.red('✖')} ${report.message}${facts ? c.dim(` (${facts})`) : ''}`);
  if (report.hint) output.error(`  ${c.cyan('→')} ${report.hint}`);
}

function taskReport({ task, code, message }: TaskFailedError): ErrorReport {
  const what =
    task.status === 'cancelled' ? 'The task was cancelled' : `The task failed after ${task.attempt} of ${task.maxAttempts} attempts`;
  const hint = HINTS[code] ?? `See what happened: deai tasks ${task.id}`;
  return { code, message: `${what}: ${message}`, hint, taskId: task.id, exitCode: EXIT.failed };
}

/** What NEAR or a contract answered; its class is not loaded just to recognise it. */
function isChain(error: unknown): error is Error & { kind: string; code?: string; reason?: string } {
  return error instanceof Error && (error.name === 'NearError' || error.name === 'ContractError') && 'kind' in error;
}

function chainReport({ kind, code: contractCode, message }: Error & { kind: string; code?: string }): ErrorReport {
  const code = contractCode?.startsWith('ERR_') ? contractCode : `CHAIN_${kind.toUpperCase()}`;
  const poor = /NotEnoughBalance|LackBalance|enough balance/.test(message);
  const hint = poor ? HINTS.CHAIN_FUNDS : HINTS[code];
  const exitCode = kind === 'unreachable' ? EXIT.unavailable : poor ? EXIT.funds : EXIT.refused;
  return { code, message: `${/^\S+[.]\S/.test(message) ? message : capital(message)}.`.replace(/\.\.$/, '.'), hint, exitCode };
}

/** The server's own hint is closer to the case than the table's. */
function hintOf(code: string, details: unknown): string | undefined {
  const hint = (details as { hint?: unknown } | null | undefined)?.hint;
  return typeof hint === 'string' ? hint : HINTS[code];
}

/** Errors of the network and of node agents that run in this process; their class is not loaded just to recognise them. */
function isCoded(error: unknown): error is Error & { code: string; status: number; details?: unknown } {
  return error instanceof Error && error.name === 'DeaiError' && 'code' in error && 'status' in error;
}

function withProblems(message: string, details: unknown): string {
  const { problems, variable } = (details ?? {}) as { problems?: unknown; variable?: unknown };
  const list = Array.isArray(problems) ? problems : variable === undefined ? [] : [variable];
  return list.length === 0 ? message : `${message.replace(/\.$/, '')}: ${list.map(asText).join('; ')}`;
}

function asText(item: unknown): string {
  if (typeof item === 'string') return item;
  const { path, problem } = (item ?? {}) as { path?: unknown; problem?: unknown };
  return typeof path === 'string' && typeof problem === 'string' ? `${path} ${problem}` : JSON.stringify(item);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

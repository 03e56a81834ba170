import { type CommandName, DeaiError } from '@deai/protocol';
import type { BusErrorListener } from './bus.ts';
import { toDeaiError } from './failures.ts';
import type { AnyHandler } from './handler-table.ts';
import type { PendingCalls } from './pending-calls.ts';

/** A command for a handler of this process. */
export interface LocalCall {
  name: CommandName;
  input: unknown;
  timeoutMs: number;
  handler: AnyHandler;
}

/** Calls the handler directly: one promise hop more than calling it by hand, and no timer. Both adapters do it. */
export function callLocally(
  pending: PendingCalls,
  report: BusErrorListener,
  { name, input, timeoutMs, handler }: LocalCall,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = pending.add(timeoutMs, reject, () => new DeaiError('TIMEOUT', { command: name, timeoutMs }));
    const fail = (error: unknown): void => {
      reject(toDeaiError(error, report, { command: name }));
      pending.remove(call);
    };
    try {
      handler(input).then((output) => {
        resolve(output);
        pending.remove(call);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

import { type CommandName, DeaiError } from '@deai/protocol';
import type { BusErrorListener } from './bus.ts';

/** What an adapter does with an error when nobody listens: a process warning, so that it is seen. */
const warnOfError: BusErrorListener = (error) => process.emitWarning(error instanceof Error ? error : new Error(String(error)));

/** A listener that never throws, so that reporting an error cannot cause another one. */
export function safeListener(listener: BusErrorListener = warnOfError): BusErrorListener {
  return (error, where) => {
    try {
      listener(error, where);
    } catch (second) {
      warnOfError(second, where);
    }
  };
}

/** What the caller of a command is told. An error that is no DeaiError is reported, and hidden behind INTERNAL. */
export function toDeaiError(error: unknown, report: BusErrorListener, where: Parameters<BusErrorListener>[1]): DeaiError {
  if (error instanceof DeaiError) return error;
  report(error, where);
  return new DeaiError('INTERNAL', undefined, { cause: error });
}

/** Calls a listener of an event; what it throws, at once or in a promise, is reported. */
export function callListener<P>(listener: (payload: P) => unknown, payload: P, onFailure: (error: unknown) => void): void {
  try {
    const result = listener(payload);
    // A listener may be an async function, whose rejection would end the process.
    if (result instanceof Promise) result.catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
}

/** The error of a command that nobody serves, or not under that instance. */
export function unserved(command: CommandName, instance: string | undefined): DeaiError {
  return new DeaiError('UNAVAILABLE', { command, ...(instance === undefined ? {} : { instance }), hint: 'Nobody serves this command.' });
}

/**
 * True when nobody serves `command` under `instance`: it ended, or never was, or is gone with the command (`details.outcomeUnknown`). Not when the connection to the wire is lost, which says
 * nothing of the other end, and not for an UNAVAILABLE that the handler itself threw.
 */
export function isUnserved(error: unknown, command: CommandName, instance: string): error is DeaiError {
  if (!(error instanceof DeaiError) || error.code !== 'UNAVAILABLE') return false;
  return error.details?.command === command && error.details.instance === instance;
}

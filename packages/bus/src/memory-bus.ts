import type { CommandInput, CommandName, CommandOutput } from '@deai/protocol';
import { DeaiError } from '@deai/protocol';
import type { Bus, BusErrorListener, RequestOptions } from './bus.ts';
import { safeListener, unserved } from './failures.ts';
import { type AnyHandler, createHandlerTable } from './handler-table.ts';
import { assertJson } from './json-check.ts';
import { callLocally } from './local-call.ts';
import { createLocalEvents, type Listener } from './local-events.ts';
import { createPendingCalls, DEFAULT_DRAIN_MS, DEFAULT_TIMEOUT_MS } from './pending-calls.ts';

export interface MemoryBusOptions {
  /** Default: a process warning. */
  onError?: BusErrorListener;
  /**
   * Refuses inputs, outputs and payloads that a wire would lose or change (for development and tests: it walks every value).
   * Default false.
   */
  checkJson?: boolean;
  /** How long `close` waits for requests under way; then they fail with SHUTTING_DOWN. Default 10,000. */
  drainMs?: number;
}

/**
 * The bus within one process. A request calls its handler directly and adds one promise hop and no timer;
 * events are delivered in a microtask, so that a listener never runs inside its publisher.
 */
export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  const { checkJson = false, drainMs = DEFAULT_DRAIN_MS } = options;
  const report = safeListener(options.onError);
  const handlers = createHandlerTable();
  const events = createLocalEvents(report);
  const pending = createPendingCalls();
  let closing: Promise<void> | undefined;

  return {
    request<C extends CommandName>(name: C, input: CommandInput<C>, { to, timeoutMs = DEFAULT_TIMEOUT_MS }: RequestOptions = {}) {
      if (pending.closed) return Promise.reject(new DeaiError('SHUTTING_DOWN', { command: name }));
      const handler = handlers.pick(name, to);
      if (!handler) return Promise.reject(unserved(name, to));
      const call = { name, input, timeoutMs, handler: checkJson ? checkingInput(handler) : handler };
      return callLocally(pending, report, call) as Promise<CommandOutput<C>>;
    },
    async serve(name, handler, { instance } = {}) {
      if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { command: name });
      const any = handler as AnyHandler;
      return handlers.add(name, instance, checkJson ? checkingOutput(any) : any);
    },
    publish(name, payload) {
      try {
        if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { event: name });
        if (checkJson) assertJson(payload);
        events.publish(name, payload);
      } catch (error) {
        report(error, { event: name });
      }
    },
    async subscribe(name, listener) {
      if (pending.closed) throw new DeaiError('SHUTTING_DOWN', { event: name });
      return events.subscribe(name, listener as Listener);
    },
    close() {
      closing ??= pending.close(drainMs).then(() => {
        handlers.clear();
        events.clear();
      });
      return closing;
    },
  };
}

function checkingInput(handler: AnyHandler): AnyHandler {
  return (input) => {
    assertJson(input);
    return handler(input);
  };
}

function checkingOutput(handler: AnyHandler): AnyHandler {
  return async (input) => {
    const output = await handler(input);
    if (output !== undefined) assertJson(output);
    return output;
  };
}

import type { CommandInput, CommandName, CommandOutput, EventName, EventPayload } from '@deai/protocol';

export interface RequestOptions {
  /** Only the handler registered under this instance answers. */
  to?: string;
  /** After this the caller gets TIMEOUT; the handler is not stopped. Default 30,000. */
  timeoutMs?: number;
}

/** Ends a subscription or stops serving; what is under way is finished. */
export type Stop = () => void;

/**
 * Commands and events between services. Both adapters promise:
 * - `request` reaches one of the handlers of the command, or the one named by `to`; without one it fails with UNAVAILABLE.
 *   A handler at this end is preferred.
 * - A handler's DeaiError reaches the caller with its code and details; any other error arrives as INTERNAL.
 * - `publish` is a hint: at most once, in order per publisher and event, to every subscriber that is there; never throws.
 * - A subscriber's error is logged and hurts nobody else.
 * - Payloads are JSON values. In process they are passed as they are, so neither side may change them afterwards.
 */
export interface Bus {
  request<C extends CommandName>(name: C, input: CommandInput<C>, options?: RequestOptions): Promise<CommandOutput<C>>;
  /** Serves a command; under `instance` only for callers that name it, otherwise sharing the load with other handlers. */
  serve<C extends CommandName>(name: C, handler: Handler<C>, options?: { instance?: string }): Promise<Stop>;
  publish<E extends EventName>(name: E, payload: EventPayload<E>): void;
  subscribe<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): Promise<Stop>;
  /** Lets requests under way finish, then refuses with SHUTTING_DOWN. */
  close(): Promise<void>;
}

export type Handler<C extends CommandName> = (input: CommandInput<C>) => Promise<CommandOutput<C>>;

/** Where adapters report what they cannot throw. */
export type BusErrorListener = (error: unknown, where: { command?: CommandName; event?: EventName }) => void;

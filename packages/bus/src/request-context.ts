import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line and every command of one request shares. */
export interface RequestContext {
  requestId: string;
}

/** The request that the running code works for; carried over the bus by both adapters. */
export const requestContext = new AsyncLocalStorage<RequestContext>();

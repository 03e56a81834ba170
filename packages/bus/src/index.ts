export type { Bus, BusErrorListener, Handler, RequestOptions, Stop } from './bus.ts';
export { isUnserved } from './failures.ts';
export { createMemoryBus, type MemoryBusOptions } from './memory-bus.ts';
export { connectNatsBus, type NatsBusOptions } from './nats-bus.ts';
export type { NatsCredentials } from './nats-connection.ts';
export { type RequestContext, requestContext } from './request-context.ts';

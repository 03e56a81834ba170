import type { ServiceContext } from '@deai/service-kit';
import type { GatewayConfig } from './config.ts';

/** Of the outside world only this: no table of its own, no objects. */
export type GatewayContext = Pick<ServiceContext, 'bus' | 'cache' | 'logger'> & { db: Pick<ServiceContext['db'], 'query'> };

/** What the routes are made with. */
export interface GatewayDeps extends GatewayContext {
  config: GatewayConfig;
  /** Aborts when the gateway stops: who waits for a task then answers at once. */
  stopping: AbortSignal;
}

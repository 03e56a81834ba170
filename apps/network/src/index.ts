export { isService } from './catalogue.ts';
export { NETWORK_ENV, type NetworkOptions } from './config.ts';
export { type RunningNetwork, runNetwork } from './run-network.ts';

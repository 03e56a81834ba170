export { createBridge } from './app.ts';
export { BRIDGE_ENV, type BridgeConfig, loadBridgeConfig } from './config.ts';

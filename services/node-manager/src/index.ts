export { createNodeManager } from './app.ts';
export { loadNodeManagerConfig, NODE_MANAGER_ENV, type NodeManagerConfig } from './config.ts';

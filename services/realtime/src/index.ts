export { createRealtime } from './app.ts';
export { loadRealtimeConfig, type RealtimeConfig } from './config.ts';

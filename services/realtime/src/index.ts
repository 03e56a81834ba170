export { createRealtime } from './app.ts';
export { loadRealtimeConfig, REALTIME_ENV, type RealtimeConfig } from './config.ts';

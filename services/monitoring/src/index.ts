export { createMonitoring } from './app.ts';
export { loadMonitoringConfig, type MonitoringConfig } from './config.ts';

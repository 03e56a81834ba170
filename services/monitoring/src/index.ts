export { createMonitoring } from './app.ts';
export { loadMonitoringConfig, MONITORING_ENV, type MonitoringConfig } from './config.ts';

import { type Env, parseEnv } from '@deai/service-kit';
import Type from 'typebox';

/** The environment variables of this service. */
export const MONITORING_ENV = Type.Object({
  DEAI_MONITORING_STATS_MS: Type.Integer({
    minimum: 10,
    maximum: 3_600_000,
    default: 1_000,
    description: 'between two network statistics',
  }),
  DEAI_MONITORING_SAMPLE_MS: Type.Integer({
    minimum: 10,
    maximum: 86_400_000,
    default: 60_000,
    description: 'between two samples of the history',
  }),
  DEAI_MONITORING_FINE_MS: Type.Integer({
    minimum: 10,
    maximum: 86_400_000,
    default: 5_000,
    description: 'between two of the 180 finer samples that each instance keeps in memory',
  }),
  DEAI_MONITORING_SAMPLE_DAYS: Type.Integer({ minimum: 1, maximum: 36_500, default: 30, description: 'samples are kept this long' }),
  DEAI_MONITORING_INCIDENT_DAYS: Type.Integer({ minimum: 1, maximum: 36_500, default: 365, description: 'incidents are kept this long' }),
  DEAI_MONITORING_PROBE_MS: Type.Integer({
    minimum: 10,
    maximum: 3_600_000,
    default: 5_000,
    description: 'between two probes of every service',
  }),
  DEAI_MONITORING_PROBE_TIMEOUT_MS: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 1_000,
    description: 'a service that has not answered by then is down',
  }),
});

/** How the network is watched. */
export interface MonitoringConfig {
  /** Between two questions for the statistics, each of which is published. */
  statsMs: number;
  /** Between two samples of the history. */
  sampleMs: number;
  /** Between two of the finer samples in memory. */
  fineMs: number;
  /** Samples older than this are deleted. */
  sampleDays: number;
  /** Incidents older than this are deleted. */
  incidentDays: number;
  /** Between two probes of every service. */
  probeMs: number;
  /** A service that has not answered by then is down. */
  probeTimeoutMs: number;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadMonitoringConfig(env: Env): MonitoringConfig {
  const values = parseEnv(MONITORING_ENV, env);
  return Object.freeze({
    statsMs: values.DEAI_MONITORING_STATS_MS,
    sampleMs: values.DEAI_MONITORING_SAMPLE_MS,
    fineMs: values.DEAI_MONITORING_FINE_MS,
    sampleDays: values.DEAI_MONITORING_SAMPLE_DAYS,
    incidentDays: values.DEAI_MONITORING_INCIDENT_DAYS,
    probeMs: values.DEAI_MONITORING_PROBE_MS,
    probeTimeoutMs: values.DEAI_MONITORING_PROBE_TIMEOUT_MS,
  });
}

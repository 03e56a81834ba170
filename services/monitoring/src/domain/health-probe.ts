import { DeaiError, type NetworkHealth, SERVICES, type ServiceHealth, type ServiceName } from '@deai/protocol';
import type { IncidentStore, ServiceStatus } from './ports.ts';

/** Without any of these no task gets done. */
const CORE: ReadonlySet<ServiceName> = new Set(['gateway', 'auth', 'task-manager', 'node-manager', 'reward-manager']);

/** Watches every service. */
export interface HealthProbe {
  /** Asks every service; those who ask while it is under way get the same answer. Never rejects. */
  probe(): Promise<NetworkHealth>;
  /** Probes and records every service that has changed its state. @throws DeaiError of the store, to be tried again next time. */
  probeAndRecord(): Promise<NetworkHealth>;
}

export interface HealthProbeOptions {
  /** Rejects when the service does not answer in time. */
  ask(service: ServiceName): Promise<ServiceHealth>;
  incidents: IncidentStore;
  /** Told of each recorded change. */
  onChange(service: ServiceHealth): void;
}

export function createHealthProbe({ ask, incidents, onChange }: HealthProbeOptions): HealthProbe {
  const recorded = new Map<ServiceName, ServiceStatus>();
  let underWay: Promise<NetworkHealth> | undefined;

  async function probeAll(): Promise<NetworkHealth> {
    const services = await Promise.all(SERVICES.map((service) => probeOne(ask, service)));
    return { status: overall(services), at: new Date().toISOString(), services };
  }
  function probe(): Promise<NetworkHealth> {
    underWay ??= probeAll().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }
  return {
    probe,
    async probeAndRecord() {
      const health = await probe();
      for (const service of health.services) {
        if (recorded.get(service.service) === service.status) continue;
        if (await incidents.recordChange(service.service, service.status, service.detail)) onChange(service);
        recorded.set(service.service, service.status);
      }
      return health;
    },
  };
}

/** `ok` when all are, `down` when none of those a task needs answers, else `degraded`. */
export function overall(services: readonly ServiceHealth[]): ServiceStatus {
  if (services.every(({ status }) => status === 'ok')) return 'ok';
  return services.some(({ service, status }) => CORE.has(service) && status !== 'down') ? 'degraded' : 'down';
}

async function probeOne(ask: HealthProbeOptions['ask'], service: ServiceName): Promise<ServiceHealth> {
  const startedMs = performance.now();
  const latencyMs = () => Math.round((performance.now() - startedMs) * 1000) / 1000;
  try {
    const answer = await ask(service);
    return { ...answer, service, latencyMs: latencyMs() };
  } catch (error) {
    const detail = error instanceof DeaiError ? `${error.code}: ${error.message}` : String(error);
    return { service, status: 'down', latencyMs: latencyMs(), detail };
  }
}

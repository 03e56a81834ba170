import { DeaiError, SERVICES, type ServiceHealth, type ServiceName } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHealthProbe, overall } from './health-probe.ts';
import type { ServiceStatus } from './ports.ts';

const health = (service: ServiceName, status: ServiceStatus): ServiceHealth => ({ service, status, latencyMs: 0 });

test('the network is ok when every service is, and down when nothing a task needs answers', () => {
  expect(overall(SERVICES.map((service) => health(service, 'ok')))).toBe('ok');
  expect(overall(SERVICES.map((service) => health(service, service === 'task-manager' ? 'down' : 'ok')))).toBe('degraded');
  expect(overall(SERVICES.map((service) => health(service, 'degraded')))).toBe('degraded');
  const around: readonly ServiceName[] = ['monitoring', 'realtime'];
  expect(overall(SERVICES.map((service) => health(service, around.includes(service) ? 'ok' : 'down')))).toBe('down');
});

test('a service that does not answer is down, with the reason, and does not keep the others from being asked', async () => {
  const ask = async (service: ServiceName) => {
    if (service === 'auth') throw new DeaiError('TIMEOUT');
    return health(service, 'ok');
  };
  const probe = createHealthProbe({ ask, incidents: { recordChange: async () => true }, onChange: () => {} });
  const { status, services } = await probe.probe();
  expect(status).toBe('degraded');
  expect(services.map(({ service }) => service)).toEqual([...SERVICES]);
  expect(services.find(({ service }) => service === 'auth')).toMatchObject({ status: 'down', detail: expect.stringMatching(/^TIMEOUT: /) });
});

test('records exactly the changes, and those it could not record at the next probe', async () => {
  const states = fc.array(fc.tuple(fc.constantFrom<ServiceStatus>('ok', 'degraded', 'down'), fc.boolean()), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(states, async (steps) => {
      let now: ServiceStatus = 'ok';
      let works = true;
      const stored: ServiceStatus[] = ['ok'];
      const incidents = {
        async recordChange(service: ServiceName, to: ServiceStatus) {
          if (!works) throw new DeaiError('UNAVAILABLE');
          if (service !== 'auth' || stored.at(-1) === to) return false;
          stored.push(to);
          return true;
        },
      };
      const told: ServiceStatus[] = [];
      const ask = async (service: ServiceName) => health(service, service === 'auth' ? now : 'ok');
      const probe = createHealthProbe({ ask, incidents, onChange: ({ status }) => told.push(status) });
      for (const [status, storeWorks] of [...steps, ['down', true] as const]) {
        now = status;
        works = storeWorks;
        const failed = await probe.probeAndRecord().then(
          () => false,
          () => true,
        );
        if (storeWorks) expect(stored.at(-1)).toBe(status);
        else expect(failed || stored.at(-1) === status).toBe(true);
      }
      expect(told).toEqual(stored.slice(1));
    }),
  );
});

import type { HttpApp, Service } from '@deai/service-kit';

/** `/health` and `/ready` of a process without a gateway, which has its own. */
export function mountProbes(app: HttpApp, services: readonly Service[]): void {
  const hidden = { schema: { hide: true } as object };
  app.get('/health', hidden, async () => ({ status: 'ok' }));
  app.get('/ready', hidden, async (_request, reply) => {
    const states = await Promise.all(services.map(async (service) => ({ service: service.name, ...(await service.health()) })));
    const ready = states.every(({ status }) => status !== 'down');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'down', services: states });
  });
}

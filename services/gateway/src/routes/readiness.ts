import { DeaiError, type ServiceHealth, type ServiceName } from '@deai/protocol';
import type { GatewayContext } from '../context.ts';

/** Without one of these the gateway answers most requests with an error; realtime and monitoring it can do without. */
const NEEDED: readonly ServiceName[] = ['auth', 'task-manager', 'node-manager', 'reward-manager'];

export interface Check {
  name: string;
  status: ServiceHealth['status'];
  latencyMs: number;
  detail?: string;
}

/** Asks every needed service and the database, each for at most `timeoutMs`. A failed check is `down`; it never throws. */
export async function runChecks({ bus, db }: Pick<GatewayContext, 'bus' | 'db'>, timeoutMs: number): Promise<Check[]> {
  const services = NEEDED.map((service) =>
    check(service, timeoutMs, () => bus.request('service.health', { service }, { to: service, timeoutMs })),
  );
  const database = check('database', timeoutMs, async () => {
    await db.query('select 1');
    return { status: 'ok' as const };
  });
  return await Promise.all([...services, database]);
}

async function check(name: string, timeoutMs: number, ask: () => Promise<Pick<ServiceHealth, 'status' | 'detail'>>): Promise<Check> {
  const begin = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeaiError('TIMEOUT')), timeoutMs);
  });
  const answer = await Promise.race([ask(), late]).catch((error: unknown) => ({
    status: 'down' as const,
    detail: error instanceof DeaiError ? error.message : 'The check failed.',
  }));
  clearTimeout(timer);
  const { status, detail } = answer;
  return { name, status, latencyMs: Math.round(performance.now() - begin), ...(detail === undefined ? {} : { detail }) };
}

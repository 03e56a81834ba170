import { AUTH_ENV } from '@deai/auth';
import { BRIDGE_ENV } from '@deai/bridge';
import { GATEWAY_ENV } from '@deai/gateway';
import { MONITORING_ENV } from '@deai/monitoring';
import { NETWORK_ENV } from '@deai/network';
import { NODE_MANAGER_ENV } from '@deai/node-manager';
import { PRICE_ORACLE_ENV } from '@deai/price-oracle';
import { REALTIME_ENV } from '@deai/realtime';
import { REWARD_MANAGER_ENV } from '@deai/reward-manager';
import { TASK_MANAGER_ENV } from '@deai/task-manager';

interface Variable {
  default?: unknown;
  description?: string;
}

const SECTIONS: [string, { properties: object; required?: string[] }][] = [
  ['The process (apps/network)', NETWORK_ENV],
  ['gateway', GATEWAY_ENV],
  ['realtime', REALTIME_ENV],
  ['auth', AUTH_ENV],
  ['task-manager', TASK_MANAGER_ENV],
  ['node-manager', NODE_MANAGER_ENV],
  ['reward-manager', REWARD_MANAGER_ENV],
  ['price-oracle', PRICE_ORACLE_ENV],
  ['bridge', BRIDGE_ENV],
  ['monitoring', MONITORING_ENV],
];

function line(name: string, { default: standard, description }: Variable): string {
  return `# ${description ?? name}\n${standard === undefined ? '#' : ''}${name}=${standard ?? ''}`;
}

/** .env.example: every variable with its default; those without one are commented out. */
export function environmentExample(): string {
  const sections = SECTIONS.map(([title, schema]) => {
    const lines = Object.entries(schema.properties).map(([name, property]) => line(name, property as Variable));
    return `## ${title}\n${lines.join('\n')}`;
  });
  return `# Every environment variable of the network, with its default. Generated: run "make generate".\n\n${sections.join('\n\n')}\n`;
}

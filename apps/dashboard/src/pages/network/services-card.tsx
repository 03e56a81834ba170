import { useQuery } from '@tanstack/react-query';
import { networkHealth } from '../../api/queries.ts';
import type { ServiceHealth } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Answer } from '../../ui/states.tsx';

const LOOK: Record<ServiceHealth['status'], string> = { ok: 'good', degraded: 'warn', down: 'bad' };

/** Which services are well. */
export function ServicesCard() {
  const health = useQuery(networkHealth);
  return (
    <Card title="Services">
      <Answer query={health} lines={1}>
        {({ services }) => (
          <ul className="row">
            {services.map(({ service, status, detail }) => (
              <li key={service} className={`badge ${LOOK[status]}`} title={detail ?? status}>
                {service}
                {status !== 'ok' && `: ${status}`}
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </Card>
  );
}

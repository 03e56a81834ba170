import { useQuery } from '@tanstack/react-query';
import { Server } from 'lucide-react';
import { billing, nodeList } from '../api/queries.ts';
import { Card, PageHead } from '../ui/card.tsx';
import { Amount, Stats } from '../ui/facts.tsx';
import { count } from '../ui/format.ts';
import { NodeTile } from '../ui/node-tile.tsx';
import { Answer, Empty } from '../ui/states.tsx';
import { UsageCard } from './billing/usage-card.tsx';
import { AccountsCard } from './nodes/accounts-card.tsx';
import { AddNodeCard } from './nodes/add-node-card.tsx';

/** An operator's nodes, and what they earn. */
export default function NodesPage() {
  const nodes = useQuery({ ...nodeList({ mine: true }), refetchInterval: 3_000 });
  const money = useQuery(billing);
  return (
    <div className="page">
      <title>My nodes · DeAI</title>
      <PageHead title="My nodes">Machines that work for you: what they do now, why they idle, what they earn.</PageHead>
      <Answer query={nodes}>
        {(items) => (
          <>
            <Stats
              label="Your nodes in numbers"
              items={[
                {
                  name: 'Online',
                  value: count(items.filter(({ status }) => status === 'online').length),
                  unit: `of ${count(items.length)}`,
                },
                {
                  name: 'Running',
                  value: count(items.reduce((sum, { metrics, status }) => sum + (status === 'offline' ? 0 : (metrics?.running ?? 0)), 0)),
                  unit: 'tasks',
                },
                { name: 'Earned', value: <Amount yocto={money.data?.earnedYocto ?? null} unit={false} />, unit: 'DEAI' },
              ]}
            />
            <Card title="Nodes">
              {items.length === 0 ? (
                <Empty icon={Server} title="No node yet">
                  Start one with the command below: it measures itself, registers, and takes work that suits it.
                </Empty>
              ) : (
                <ul className="nodes">
                  {items.map((node) => (
                    <li key={node.id}>
                      <NodeTile node={node} />
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          </>
        )}
      </Answer>
      <UsageCard title="Earned over time" account="earned" color="--good" empty="Rewards of completed tasks show here." />
      <AccountsCard />
      <AddNodeCard />
    </div>
  );
}

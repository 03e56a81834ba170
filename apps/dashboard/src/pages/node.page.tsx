import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { errorText } from '../api/error-text.ts';
import { nodeStatus, nodeWhy } from '../api/queries.ts';
import { client, hasRole, useSession } from '../api/session.ts';
import type { NodeCapability, NodeMode, NodeStatusResponse } from '../api/types.ts';
import { NodeBadge } from '../ui/badge.tsx';
import { Card, PageHead } from '../ui/card.tsx';
import type { Column } from '../ui/column.ts';
import { Amount, Facts, Stats, Time } from '../ui/facts.tsx';
import { capital, count, duration, rate } from '../ui/format.ts';
import { useNode } from '../ui/node-tile.tsx';
import { Answer } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { notify } from '../ui/toast.tsx';
import { ChainCard } from './nodes/chain-card.tsx';

const DONE: Record<NodeMode, string> = {
  online: 'The node takes work again.',
  maintenance: 'The node gets nothing new until you put it back.',
  drain: 'The node finishes what it has and gets nothing new.',
};

function Modes({ node }: { node: NodeStatusResponse }) {
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: (mode: NodeMode) => client.nodes.setMode(node.id, mode),
    onSuccess: (_node, mode) => notify(DONE[mode]),
    onError: (error) => notify(errorText(error).title, true),
    onSettled: () => queries.invalidateQueries({ queryKey: ['nodes'] }),
  });
  const button = (mode: NodeMode, name: string) => (
    <button type="button" className="btn" disabled={set.isPending} onClick={() => set.mutate(mode)}>
      {name}
    </button>
  );
  const paused = node.status === 'maintenance' || node.draining;
  return (
    <>
      {paused && button('online', 'Put back to work')}
      {node.status !== 'maintenance' && button('maintenance', 'Maintenance')}
      {node.status === 'online' && !node.draining && button('drain', 'Drain')}
    </>
  );
}

/** Why the node has work, or none. */
function Why({ id }: { id: string }) {
  const why = useQuery(nodeWhy(id));
  return (
    <Card title="Why no work?">
      <Answer query={why} lines={2}>
        {({ reason, explanation, waitingTasks, matchingTasks }) => (
          <>
            <div className={`alert ${reason === 'working' || reason === 'being_assigned' ? 'plain' : 'warn'}`} role="status">
              <strong>{capital(reason)}</strong>
              <span>{explanation}</span>
            </div>
            <p className="hint">
              {count(waitingTasks)} tasks wait in the network, {count(matchingTasks)} of them suit this node.
            </p>
          </>
        )}
      </Answer>
    </Card>
  );
}

const CAPABILITIES: readonly Column<NodeCapability>[] = [
  { id: 'kind', header: 'Kind', cell: ({ kind }) => kind },
  { id: 'models', header: 'Models', cell: ({ models }) => <span className="muted">{models.join(', ')}</span> },
  { id: 'speed', header: 'Measured', right: true, cell: ({ unitsPerSecond }) => `${rate(unitsPerSecond)} units/s` },
];

function NodeView({ node }: { node: NodeStatusResponse }) {
  const { metrics, status } = useNode(node);
  const hardware = node.hardware as { cpu?: string; cores?: number; gpu?: string } | null;
  const load = metrics && status !== 'offline' ? metrics : null;
  return (
    <>
      <Stats
        label="The node in numbers"
        items={[
          { name: 'Running', value: count(node.tasks.running), unit: `of ${count(node.credits)}` },
          { name: 'Completed', value: count(node.tasks.completed) },
          { name: 'Failed', value: count(node.tasks.failed) },
          { name: 'Earned, DEAI', value: <Amount yocto={node.earnedYocto} unit={false} /> },
          { name: 'CPU', value: load ? `${Math.round(load.cpuPercent)} %` : '–' },
          { name: 'Memory', value: load ? `${Math.round((load.memoryUsedMiB / Math.max(1, load.memoryTotalMiB)) * 100)} %` : '–' },
        ]}
      />
      <div className="grid-2">
        <div className="stack" style={{ gap: 20 }}>
          <Why id={node.id} />
          <Card title="Benchmark" flush>
            <Table label="What it can do, and how fast" rows={node.capabilities} columns={CAPABILITIES} keyOf={({ kind }) => kind} />
          </Card>
        </div>
        <div className="stack" style={{ gap: 20 }}>
          <Card title="Node">
            <Facts
              items={[
                ['Id', <code key="i">{node.id}</code>],
                ['Key', <code key="k">{node.publicKey}</code>],
                ['Region', node.region],
                ['Last heartbeat', <Time key="l" at={node.lastSeenAt} />],
                ['Connected', <Time key="c" at={node.connectedAt} />],
                ['Up for', load ? duration(load.uptimeS * 1_000) : null],
                ['Unsent results', load ? count(load.spooled) : null],
                ['Processor', hardware && `${hardware.cpu ?? ''} · ${hardware.cores ?? '?'} cores`],
                ['GPU', hardware?.gpu],
                ['Memory offered', `${count(node.memoryMiB)} MiB`],
                ['Agent', node.agentVersion],
                ['Registered', <Time key="r" at={node.registeredAt} />],
              ]}
            />
          </Card>
          <ChainCard node={node} />
        </div>
      </div>
    </>
  );
}

/** One node: its operator and administrators may also take it in and out of service. */
export default function NodePage() {
  const { id } = useParams({ from: '/nodes/$id' });
  const session = useSession();
  const query = useQuery(nodeStatus(id));
  const node = query.data;
  const mayManage = node && (node.operatorId === session.user?.id || hasRole(session, 'admin'));
  return (
    <div className="page">
      <title>{`${node?.name ?? 'Node'} · DeAI`}</title>
      <PageHead
        title={
          <span className="row">
            {node?.name ?? 'Node'} {node && <NodeBadge status={node.status} draining={node.draining} />}
          </span>
        }
        actions={mayManage && <Modes node={node} />}
      />
      <Answer query={query} lines={8}>
        {(told) => <NodeView node={told} />}
      </Answer>
    </div>
  );
}

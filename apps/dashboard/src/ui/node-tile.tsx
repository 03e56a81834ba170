import { Link } from '@tanstack/react-router';
import type { NodeInfo, NodeStatus } from '../api/types.ts';
import { useLiveNode } from '../api/use-live.ts';
import { NodeBadge } from './badge.tsx';

/** The node as it was last heard of, over the socket or in an answer. */
export function useNode(node: NodeInfo): { status: NodeStatus; metrics: NodeInfo['metrics'] } {
  const live = useLiveNode(node.id);
  return { status: live?.status ?? node.status, metrics: live?.performance_metrics ?? node.metrics };
}

/** One node of a grid: name, state, load and what it does. */
export function NodeTile({ node }: { node: NodeInfo }) {
  const { status, metrics } = useNode(node);
  const running = status === 'offline' ? 0 : (metrics?.running ?? 0);
  const load = node.credits === 0 ? 0 : Math.min(1, running / node.credits);
  return (
    <Link to="/nodes/$id" params={{ id: node.id }} className="node">
      <span className="row-between" style={{ flexWrap: 'nowrap' }}>
        <strong className="truncate">{node.name}</strong>
        <NodeBadge status={status} draining={node.draining} />
      </span>
      <span className="bar" aria-hidden>
        <i style={{ transform: `scaleX(${load})` }} />
      </span>
      <span className="row-between small muted num">
        <span>
          {running} of {node.credits} running
        </span>
        <span className="truncate">{node.region}</span>
      </span>
      <span className="small muted truncate">{node.capabilities.map(({ kind }) => kind).join(', ') || 'offers nothing yet'}</span>
    </Link>
  );
}

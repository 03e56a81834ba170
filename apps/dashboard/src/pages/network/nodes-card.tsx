import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Server } from 'lucide-react';
import { nodeList, nodeStats } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { Card } from '../../ui/card.tsx';
import { count } from '../../ui/format.ts';
import { NodeTile } from '../../ui/node-tile.tsx';
import { Answer, Empty } from '../../ui/states.tsx';
import { RegionMap } from './region-map.tsx';

/** Tiles drawn: beyond this the list of nodes says more than a wall. */
const SHOWN = 60;
/** So few stand beside the map. */
const BESIDE = 6;

function Nodes() {
  const nodes = useQuery(nodeList({}));
  const stats = useQuery(nodeStats);
  const beside = (nodes.data?.length ?? 0) <= BESIDE;
  return (
    <div className={beside ? 'grid-21' : 'stack'}>
      {stats.data && stats.data.byRegion.length > 0 && (
        <div className="stack">
          <RegionMap regions={stats.data.byRegion} />
        </div>
      )}
      <Answer query={nodes}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon={Server} title="No node yet">
              An operator adds one with a single command.
            </Empty>
          ) : (
            <div className="stack">
              <ul className="nodes">
                {items.slice(0, SHOWN).map((node) => (
                  <li key={node.id}>
                    <NodeTile node={node} />
                  </li>
                ))}
              </ul>
              {items.length > SHOWN && <p className="muted small">and {count(items.length - SHOWN)} more</p>}
            </div>
          )
        }
      </Answer>
    </div>
  );
}

/** The nodes of the network: for users, as the network tells them to users alone. */
export function NodesCard() {
  const { user } = useSession();
  return (
    <Card title="Nodes">
      {user ? (
        <Nodes />
      ) : (
        <Empty
          icon={Server}
          title="Log in to see the nodes"
          action={
            <Link to="/login" search={{ next: '/' }} className="btn">
              Log in
            </Link>
          }
        >
          Their number is public, who and where they are is for users of the network.
        </Empty>
      )}
    </Card>
  );
}

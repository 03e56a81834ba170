import { useQuery } from '@tanstack/react-query';
import { networkKinds, networkQueues } from '../../api/queries.ts';
import type { KindInfo } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import type { Column } from '../../ui/column.ts';
import { Amount } from '../../ui/facts.tsx';
import { count } from '../../ui/format.ts';
import { Answer, Empty } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';

/** What waits and runs, by kind. */
export function QueuesCard() {
  const queues = useQuery(networkQueues);
  return (
    <Card title="Queue by kind" aside={<span className="hint">waiting · running · completed</span>}>
      <Answer query={queues}>
        {(items) => {
          if (items.length === 0) return <Empty title="No task yet">The first task that is submitted shows here.</Empty>;
          const most = Math.max(1, ...items.map(({ pending, running }) => pending + running));
          return (
            <ul className="stack">
              {items.map(({ kind, pending, running, completed }) => (
                <li className="queue" key={kind}>
                  <span>{kind}</span>
                  <span className="bar" aria-hidden>
                    <i style={{ transform: `scaleX(${(pending + running) / most})` }} />
                  </span>
                  <span className="num">
                    {count(pending)} · {count(running)} · <span className="muted">{count(completed)}</span>
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Answer>
    </Card>
  );
}

const COLUMNS: readonly Column<KindInfo>[] = [
  {
    id: 'title',
    header: 'Kind',
    cell: ({ title, kind }) => (
      <>
        {title} <span className="chip">{kind}</span>
      </>
    ),
  },
  {
    id: 'models',
    header: 'Models online',
    cell: ({ models }) => {
      const online = models.filter((model) => model.online > 0);
      return online.length === 0 ? (
        <span className="muted">none</span>
      ) : (
        online.map(({ model, online }) => `${model} (${online})`).join(', ')
      );
    },
  },
  {
    id: 'price',
    header: 'Price',
    right: true,
    cell: ({ yoctoPerUnit, unit }) => {
      const [price] = Object.values(yoctoPerUnit);
      return price ? (
        <>
          <Amount yocto={price} /> <span className="muted">/ {unit}</span>
        </>
      ) : (
        <span className="muted">–</span>
      );
    },
  },
];

/** What the network can do, and for how much. */
export function KindsCard() {
  const kinds = useQuery(networkKinds);
  return (
    <Card title="Kinds of work" flush>
      <Answer query={kinds}>{(items) => <Table label="Kinds of work" rows={items} columns={COLUMNS} keyOf={({ kind }) => kind} />}</Answer>
    </Card>
  );
}

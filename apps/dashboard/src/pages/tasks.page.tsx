import { hasEnded } from '@deai/sdk';
import { Link, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { taskList } from '../api/queries.ts';
import type { Task } from '../api/types.ts';
import { refreshLists, useLiveTaskState } from '../api/use-live.ts';
import { useRows } from '../api/use-rows.ts';
import { TaskBadge } from '../ui/badge.tsx';
import { PageHead } from '../ui/card.tsx';
import type { Column } from '../ui/column.ts';
import { Amount, Time } from '../ui/facts.tsx';
import { count, duration, plural, shortId } from '../ui/format.ts';
import { LongTable } from '../ui/long-table.tsx';
import { Answer, Empty } from '../ui/states.tsx';
import { RetryButton } from './task/retry-button.tsx';
import { TaskFilters } from './tasks/task-filters.tsx';

/** The state as it was last heard of. */
function LiveStatus({ task }: { task: Task }) {
  return <TaskBadge status={useLiveTaskState(task.id) ?? task.status} />;
}

/** Ended tasks can be submitted once more from here. */
function Again({ task }: { task: Task }) {
  const status = useLiveTaskState(task.id) ?? task.status;
  return hasEnded({ status }) ? <RetryButton task={task} small /> : null;
}

const COLUMNS: readonly Column<Task>[] = [
  {
    id: 'id',
    header: 'Task',
    track: 'minmax(132px, 1fr)',
    fits: true,
    cell: ({ id }) => (
      <Link to="/tasks/$id" params={{ id }} className="mono">
        {shortId(id)}
      </Link>
    ),
  },
  { id: 'status', fits: true, header: 'State', track: '112px', cell: (task) => <LiveStatus task={task} /> },
  { id: 'kind', fits: true, header: 'Kind', track: 'minmax(96px, 1fr)', cell: ({ kind }) => kind },
  { id: 'model', header: 'Model', track: 'minmax(90px, 1fr)', wide: true, muted: true, cell: ({ model }) => model },
  { id: 'created', fits: true, header: 'Submitted', track: '132px', wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    id: 'run',
    fits: true,
    header: 'Run time',
    track: '88px',
    right: true,
    wide: true,
    cell: ({ runMs }) => (runMs === null ? '–' : duration(runMs)),
  },
  {
    id: 'price',
    header: 'Price, DEAI',
    track: 'minmax(140px, 1fr)',
    right: true,
    wide: true,
    cell: ({ priceYocto, quoteYocto, status }) =>
      priceYocto === null && status !== 'cancelled' ? (
        <Amount yocto={quoteYocto} atMost unit={false} />
      ) : (
        <Amount yocto={priceYocto} unit={false} />
      ),
  },
  { id: 'again', fits: true, header: 'Again', track: '76px', right: true, wide: true, cell: (task) => <Again task={task} /> },
];

/** The user's tasks, newest first, as live as they are. */
export default function TasksPage() {
  const search = useSearch({ from: '/tasks' });
  const { query, rows: tasks, paging } = useRows(taskList(search));
  useEffect(refreshLists, []);
  const filtered = Object.keys(search).length > 0;
  return (
    <div className="page">
      <title>Tasks · DeAI</title>
      <PageHead
        title="Tasks"
        actions={
          <Link to="/playground" className="btn btn-primary">
            New task
          </Link>
        }
      >
        Everything you submitted, newest first. States change here as they change in the network.
      </PageHead>
      <div className="row-between">
        <TaskFilters filter={search} />
        <span className="hint num" aria-live="polite">
          {tasks.length > 0 && (paging.more ? `${count(tasks.length)}+ tasks` : plural(tasks.length, 'task'))}
        </span>
      </div>
      <div className="card">
        <Answer query={query} lines={8}>
          {() =>
            tasks.length === 0 ? (
              <Empty
                title={filtered ? 'No task matches' : 'No task yet'}
                action={
                  filtered ? (
                    <Link to="/tasks" search={{}} className="btn">
                      Show all
                    </Link>
                  ) : (
                    <Link to="/playground" className="btn btn-primary">
                      Try the playground
                    </Link>
                  )
                }
              >
                {filtered ? 'Choose other filters.' : 'Submit one here, or through the API: it shows up at once.'}
              </Empty>
            ) : (
              <LongTable label="Tasks" rows={tasks} columns={COLUMNS} keyOf={({ id }) => id} {...paging} />
            )
          }
        </Answer>
      </div>
    </div>
  );
}

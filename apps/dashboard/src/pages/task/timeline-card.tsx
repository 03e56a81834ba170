import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { taskEvents } from '../../api/queries.ts';
import type { TaskEvent } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Time } from '../../ui/facts.tsx';
import { duration, shortId } from '../../ui/format.ts';
import { Answer } from '../../ui/states.tsx';

const TEXT: Record<TaskEvent['event'], string> = {
  submitted: 'Submitted, and its quote put on hold',
  assigned: 'Given to a node',
  started: 'Started',
  attempt_failed: 'The attempt failed; it is tried again',
  completed: 'Completed, checked and paid',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
const LOOK: Partial<Record<TaskEvent['event'], string>> = { completed: 'good', failed: 'bad', attempt_failed: 'bad' };

/** What happened to a task, with the time between. */
export function TimelineCard({ id }: { id: string }) {
  const events = useQuery(taskEvents(id));
  return (
    <Card title="Timeline">
      <Answer query={events}>
        {(items) => (
          <ol className="timeline">
            {items.map(({ at, event, attempt, nodeId, error }, i) => {
              const before = items[i - 1];
              return (
                <li key={`${event} ${attempt}`} className={LOOK[event] ?? ''}>
                  <span>
                    {TEXT[event]}
                    {attempt > 1 && <span className="muted"> · attempt {attempt}</span>}
                  </span>
                  <span className="muted num">
                    <Time at={at} />
                  </span>
                  <span className="muted small">
                    {nodeId && event !== 'submitted' && (
                      <>
                        node{' '}
                        <Link to="/nodes/$id" params={{ id: nodeId }} className="mono">
                          {shortId(nodeId)}
                        </Link>
                      </>
                    )}
                    {error && ` ${error.code}: ${error.message}`}
                  </span>
                  <span className="muted small num">{before && `+ ${duration(Date.parse(at) - Date.parse(before.at))}`}</span>
                </li>
              );
            })}
          </ol>
        )}
      </Answer>
    </Card>
  );
}

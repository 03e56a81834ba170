import { hasEnded } from '@deai/sdk';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { taskById } from '../../api/queries.ts';
import type { Quote, Task } from '../../api/types.ts';
import { useFollowTask, useLiveTask } from '../../api/use-live.ts';
import { TaskBadge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts, Time } from '../../ui/facts.tsx';
import { dollars, duration, plural, shortId } from '../../ui/format.ts';
import { Answer, Empty, FormError } from '../../ui/states.tsx';
import { ReceiptCard } from '../task/receipt-card.tsx';
import { ResultView } from '../task/result-view.tsx';
import { WhyCard } from '../task/why-card.tsx';

/** What the task will cost at most. */
export function QuoteView({ quote }: { quote: Pick<UseQueryResult<Quote>, 'data' | 'error'> }) {
  if (quote.error) return <FormError error={quote.error} />;
  const { data } = quote;
  return (
    <div className="row-between" aria-live="polite" style={{ minHeight: 44 }}>
      {data ? (
        <span>
          At most{' '}
          <strong>
            <Amount yocto={data.totalYocto} />
          </strong>
          {data.usd && (
            <span className="muted">
              {' '}
              · about {dollars(data.usd.amount)}
              {data.usd.source === 'fixed' && ', by a fixed price'}
            </span>
          )}
          <br />
          <span className="hint">
            {plural(data.units, data.unit)} · {plural(data.capableNodes.online, 'node')} can run it now
          </span>
        </span>
      ) : (
        <span className="hint">Fill in the form to see the price.</span>
      )}
    </div>
  );
}

function Ended({ task }: { task: Task }) {
  return (
    <>
      {task.status === 'completed' && <ResultView task={task} />}
      {task.error && (
        <div className="alert">
          <strong>{task.error.code}</strong>
          <span>{task.error.message}</span>
        </div>
      )}
      <Facts
        items={[
          [
            'Node',
            task.nodeId && (
              <Link key="n" to="/nodes/$id" params={{ id: task.nodeId }} className="mono">
                {shortId(task.nodeId)}
              </Link>
            ),
          ],
          ['Submitted', <Time key="t" at={task.createdAt} />],
          ['Waited', task.queueMs === null ? null : duration(task.queueMs)],
          ['Ran', task.runMs === null ? null : duration(task.runMs)],
          ['Price', <Amount key="p" yocto={task.priceYocto} />],
          ['Returned', <Amount key="r" yocto={task.refundYocto} />],
        ]}
      />
      <div>
        <Link to="/tasks/$id" params={{ id: task.id }} className="btn">
          {task.status === 'completed' ? 'Timeline' : 'What happened'}
        </Link>
      </div>
    </>
  );
}

function Running({ id }: { id: string }) {
  useFollowTask(id);
  const query = useQuery(taskById(id));
  const live = useLiveTask(id);
  return (
    <Card
      title="Result"
      aside={
        query.data && (
          <TaskBadge
            status={hasEnded(query.data) ? query.data.status : ((live?.status as Task['status'] | undefined) ?? query.data.status)}
          />
        )
      }
    >
      <Answer query={query}>{(task) => (hasEnded(task) ? <Ended task={task} /> : <p className="muted">The task is on its way.</p>)}</Answer>
    </Card>
  );
}

/** What became of the last task of this page. */
export function Outcome({ taskId }: { taskId: string | undefined }) {
  const query = useQuery({ ...taskById(taskId ?? ''), enabled: taskId !== undefined });
  if (taskId === undefined) {
    return (
      <Card title="Result">
        <Empty icon={FlaskConical} title="Nothing submitted yet">
          The result comes here, with the node that made it, its times and its price.
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Running id={taskId} />
      {query.data?.status === 'pending' && <WhyCard id={taskId} />}
      {query.data?.status === 'completed' && <ReceiptCard task={query.data} />}
    </>
  );
}

import { RETRY_LABEL } from '@deai/protocol/names';
import { hasEnded } from '@deai/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { errorText } from '../api/error-text.ts';
import { taskById } from '../api/queries.ts';
import { client } from '../api/session.ts';
import type { Task } from '../api/types.ts';
import { useFollowTask, useLiveTask } from '../api/use-live.ts';
import { TaskBadge } from '../ui/badge.tsx';
import { Card, PageHead } from '../ui/card.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Amount, Facts, Time } from '../ui/facts.tsx';
import { capital, duration } from '../ui/format.ts';
import { Answer } from '../ui/states.tsx';
import { notify } from '../ui/toast.tsx';
import { InputCard } from './task/input-card.tsx';
import { ReceiptCard } from './task/receipt-card.tsx';
import { ResultView } from './task/result-view.tsx';
import { RetryButton } from './task/retry-button.tsx';
import { TimelineCard } from './task/timeline-card.tsx';
import { WhyCard } from './task/why-card.tsx';

function CancelButton({ task }: { task: Task }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => client.tasks.cancel(task.id),
    onSuccess: () => notify('The task was cancelled; what was on hold is yours again.'),
    onError: (error) => notify(errorText(error).title, true),
    onSettled() {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: ['tasks'] });
    },
  });
  return (
    <>
      <button type="button" className="btn" onClick={() => setAsking(true)}>
        Cancel
      </button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Cancel this task?"
        description="It ends at once, and what was on hold for it is returned. A result that comes later is not taken."
        action="Cancel the task"
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate()}
      />
    </>
  );
}

function Money({ task }: { task: Task }) {
  return (
    <Card title="Price">
      <Facts
        items={[
          ['Quote', <Amount key="q" yocto={task.quoteYocto} />],
          ['Charged', <Amount key="p" yocto={task.priceYocto} />],
          ['To the node', <Amount key="r" yocto={task.rewardYocto} />],
          ['Network fee', <Amount key="f" yocto={task.feeYocto} />],
          ['Returned', <Amount key="u" yocto={task.refundYocto} />],
          ['Units', `${task.unitsUsed ?? '–'} of ${task.unitsQuoted} ${task.unit}s quoted`],
        ]}
      />
    </Card>
  );
}

function Details({ task }: { task: Task }) {
  return (
    <Card title="Task">
      <Facts
        items={[
          ['Id', <code key="i">{task.id}</code>],
          [
            'Retry of',
            task.labels[RETRY_LABEL] && (
              <Link to="/tasks/$id" params={{ id: task.labels[RETRY_LABEL] }} className="mono">
                {task.labels[RETRY_LABEL]}
              </Link>
            ),
          ],
          ['Kind', task.kind],
          ['Model', task.model],
          ['Priority', task.priority],
          [
            'Node',
            task.nodeId && (
              <Link to="/nodes/$id" params={{ id: task.nodeId }} className="mono">
                {task.nodeId}
              </Link>
            ),
          ],
          ['Attempt', `${task.attempt} of at most ${task.maxAttempts}`],
          ['Submitted', <Time key="c" at={task.createdAt} />],
          ['Waited', task.queueMs === null ? null : duration(task.queueMs)],
          ['Ran', task.runMs === null ? null : duration(task.runMs)],
          ['Settlement', task.settlement === 'none' ? null : task.settlement],
          ['Input hash', <code key="h">{task.inputHash}</code>],
          ['Output hash', task.outputHash && <code key="o">{task.outputHash}</code>],
        ]}
      />
    </Card>
  );
}

function TaskView({ task }: { task: Task }) {
  const ended = hasEnded(task);
  return (
    <>
      {task.error && (
        <div className="alert" role="status">
          <strong>{task.error.code}</strong>
          <span>{task.error.message}</span>
        </div>
      )}
      {!ended && <WhyCard id={task.id} />}
      <div className="grid-21">
        <div className="stack" style={{ gap: 20 }}>
          {task.status === 'completed' && (
            <Card title="Result">
              <ResultView task={task} />
            </Card>
          )}
          <InputCard task={task} />
          <TimelineCard id={task.id} />
          {task.status === 'completed' && <ReceiptCard task={task} />}
        </div>
        <div className="stack" style={{ gap: 20 }}>
          <Money task={task} />
          <Details task={task} />
        </div>
      </div>
    </>
  );
}

/** All about one task. */
export default function TaskPage() {
  const { id } = useParams({ from: '/tasks/$id' });
  useFollowTask(id);
  const query = useQuery(taskById(id));
  const live = useLiveTask(id);
  const task = query.data;
  const status = task && ((hasEnded(task) ? undefined : (live?.status as Task['status'] | undefined)) ?? task.status);
  return (
    <div className="page">
      <title>Task · DeAI</title>
      <PageHead
        title={
          <span className="row">
            {task ? `${capital(task.kind)} task` : 'Task'} {status && <TaskBadge status={status} />}
          </span>
        }
        actions={
          task && (
            <>
              {!hasEnded(task) && <CancelButton task={task} />}
              {hasEnded(task) && <RetryButton key={task.id} task={task} />}
              <Link to="/tasks" className="btn">
                All tasks
              </Link>
            </>
          )
        }
      />
      <Answer query={query} lines={8}>
        {(told) => <TaskView task={told} />}
      </Answer>
    </div>
  );
}

import { DeaiApiError } from '@deai/sdk';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { taskInput } from '../../api/queries.ts';
import type { Task, TaskRequest } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Answer } from '../../ui/states.tsx';
import { draftOfTask, keepDraft } from '../playground/drafts.ts';
import { download } from './download.ts';
import { InputView } from './input-view.tsx';

function Actions({ task, input }: { task: Task; input: TaskRequest['input'] }) {
  const navigate = useNavigate();
  const draft = useMemo(() => draftOfTask(task, input), [task, input]);
  return (
    <div className="row">
      {draft && (
        <button
          type="button"
          className="btn btn-sm"
          onClick={() => {
            keepDraft(draft.kind, draft.draft);
            void navigate({ to: '/playground', search: { kind: draft.kind } });
          }}
        >
          Open in the playground
        </button>
      )}
      <button type="button" className="btn btn-sm" aria-label="Download the input" onClick={() => download(`input-${task.id}.json`, input)}>
        Download
      </button>
    </div>
  );
}

/** What the task was submitted with. */
export function InputCard({ task }: { task: Task }) {
  const query = useQuery(taskInput(task.id));
  const gone = query.error instanceof DeaiApiError && query.error.code === 'TASK_INPUT_GONE';
  return (
    <Card title="Input" aside={query.data && <Actions task={task} input={query.data} />}>
      {gone ? (
        <p className="muted">The network keeps this input no longer; its hash stays.</p>
      ) : (
        <Answer query={query}>{(input) => <InputView key={task.id} kind={task.kind} input={input} />}</Answer>
      )}
    </Card>
  );
}

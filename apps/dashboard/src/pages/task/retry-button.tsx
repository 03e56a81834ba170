import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { errorText } from '../../api/error-text.ts';
import { client } from '../../api/session.ts';
import type { Task } from '../../api/types.ts';
import { notify } from '../../ui/toast.tsx';

/** Submits what an ended task asked for once more, and shows the new task. */
export function RetryButton({ task, small }: { task: Task; small?: true }) {
  const navigate = useNavigate();
  // One key for as long as the button is there: pressed again after a lost answer, it gives the same task.
  const [idempotencyKey] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join('-'));
  const again = useMutation({
    mutationFn: () => client.tasks.retry(task.id, { idempotencyKey }),
    onSuccess({ id }) {
      notify('Submitted again, as a new task.');
      return navigate({ to: '/tasks/$id', params: { id } });
    },
    onError(error) {
      const { title, advice } = errorText(error);
      notify(`${title} ${advice}`, true);
    },
  });
  return (
    <button
      type="button"
      className={small ? 'btn btn-sm' : 'btn'}
      disabled={again.isPending}
      aria-label={small && `Retry ${task.id}`}
      onClick={() => again.mutate()}
    >
      {small ? 'Retry' : task.status === 'completed' ? 'Run again' : 'Try again'}
    </button>
  );
}

import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { TaskFilter } from '../../api/task-filter.ts';
import { capital } from '../../ui/format.ts';
import { useSettled } from '../../ui/use-settled.ts';
import { WhenSelect } from '../../ui/when-select.tsx';
import { TASK_KINDS } from '../kinds.ts';
import { isLabel, TASK_STATUSES } from '../task-search.ts';

/** `name=value`, looked for once it is one. */
function LabelFilter({ label, onChange }: { label: string; onChange: (label: string) => void }) {
  const [text, setText] = useState(label);
  const settled = useSettled(text);
  const wanted = isLabel(settled) ? settled : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is typed leads; the address follows
  useEffect(() => {
    if (wanted !== label) onChange(wanted);
  }, [wanted]);
  // It was cleared elsewhere, as by "Show all".
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the address changes
  useEffect(() => {
    if (label === '' && isLabel(text)) setText('');
  }, [label]);
  return (
    <input
      className="input"
      type="search"
      aria-label="Label"
      placeholder="Label: name=value"
      maxLength={321}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

/** Narrows the list; what is chosen stands in the address. */
export function TaskFilters({ filter }: { filter: TaskFilter }) {
  const navigate = useNavigate({ from: '/tasks' });
  const set = (change: Partial<Record<keyof TaskFilter, string | number | undefined>>) =>
    void navigate({
      replace: true,
      search: (old: TaskFilter) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value)) as TaskFilter,
    });
  return (
    <search className="filters above">
      <select
        className="input select"
        aria-label="State"
        value={filter.status ?? ''}
        onChange={(event) => set({ status: event.target.value })}
      >
        <option value="">Every state</option>
        {TASK_STATUSES.map((status) => (
          <option key={status} value={status}>
            {status === 'in_progress' ? 'Running' : capital(status)}
          </option>
        ))}
      </select>
      <select className="input select" aria-label="Kind" value={filter.kind ?? ''} onChange={(event) => set({ kind: event.target.value })}>
        <option value="">Every kind</option>
        {TASK_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
      <WhenSelect hours={filter.hours} onChange={(hours) => set({ hours })} />
      <LabelFilter label={filter.label ?? ''} onChange={(label) => set({ label })} />
    </search>
  );
}

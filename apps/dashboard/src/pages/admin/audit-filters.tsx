import type { AuditAction } from '../../api/types.ts';
import { WhenSelect } from '../../ui/when-select.tsx';
import { ACTION_NAMES, ACTIONS } from './audit-text.ts';

/** As they are typed and chosen. */
export interface AuditFilter {
  actor: string;
  subject: string;
  action?: AuditAction | undefined;
  /** Not older than this. */
  hours?: number | undefined;
}

export function AuditFilters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const text = (name: 'actor' | 'subject', label: string, placeholder: string) => (
    <input
      className="input"
      type="search"
      aria-label={label}
      placeholder={placeholder}
      maxLength={254}
      value={filter[name]}
      onChange={(event) => onChange({ ...filter, [name]: event.target.value })}
    />
  );
  return (
    <search className="filters">
      {text('actor', 'Who did it', 'By whom: id or address')}
      {text('subject', 'What it was done to', 'To what: id or address')}
      <select
        className="input select"
        aria-label="What happened"
        value={filter.action ?? ''}
        onChange={(event) => onChange({ ...filter, action: ACTIONS.find((name) => name === event.target.value) })}
      >
        <option value="">Everything</option>
        {ACTIONS.map((name) => (
          <option key={name} value={name}>
            {ACTION_NAMES[name]}
          </option>
        ))}
      </select>
      <WhenSelect hours={filter.hours} onChange={(hours) => onChange({ ...filter, hours })} />
    </search>
  );
}

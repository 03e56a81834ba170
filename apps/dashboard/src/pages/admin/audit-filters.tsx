import type { AuditAction } from '../../api/types.ts';
import { ACTION_NAMES, ACTIONS } from './audit-text.ts';

/** As they are typed and chosen. */
export interface AuditFilter {
  actor: string;
  subject: string;
  action?: AuditAction | undefined;
  /** Not older than this. */
  hours?: number | undefined;
}

const SPANS: readonly (readonly [hours: number, name: string])[] = [
  [1, 'The last hour'],
  [24, 'The last 24 hours'],
  [168, 'The last 7 days'],
  [720, 'The last 30 days'],
];

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
      <select
        className="input select"
        aria-label="When"
        value={filter.hours ?? ''}
        onChange={(event) => onChange({ ...filter, hours: Number(event.target.value) || undefined })}
      >
        <option value="">At any time</option>
        {SPANS.map(([hours, name]) => (
          <option key={hours} value={hours}>
            {name}
          </option>
        ))}
      </select>
    </search>
  );
}

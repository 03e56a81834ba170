import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '../../api/types.ts';
import { Modal } from '../../ui/dialog.tsx';
import { Facts, Time } from '../../ui/facts.tsx';
import { ACTION_NAMES, detailName, OUTCOME_NAMES, outcomeText } from './audit-text.ts';

const NOBODY = <span className="muted">–</span>;

/** Who did it; a failed login has nobody, as has what the network did itself. */
export function Actor({ actor, via }: Pick<AuditEntry, 'actor' | 'via'>) {
  if (!actor) return NOBODY;
  const name = actor.email ?? actor.id;
  return (
    <span title={name}>
      {name}
      {via?.type === 'api-key' && <span className="muted"> by key</span>}
    </span>
  );
}

/** What it was done to. */
export function Subject({ subject, details }: Pick<AuditEntry, 'subject' | 'details'>) {
  if (!subject) return NOBODY;
  if (subject.type === 'user') return <span title={subject.email ?? subject.id}>{subject.email ?? subject.id}</span>;
  const name = details.name ?? subject.id;
  if (subject.type !== 'node') return <span title={subject.id}>key {name}</span>;
  return (
    <Link to="/nodes/$id" params={{ id: subject.id }}>
      {name}
    </Link>
  );
}

const OUTCOME_LOOK: Record<AuditEntry['outcome'], string> = { done: 'good', failed: 'bad', attempted: 'warn' };

/** How an act ended that was recorded before it was done; nothing of others, which are recorded together with what they tell. */
export function Outcome({ outcome, concluded }: Pick<AuditEntry, 'outcome' | 'concluded'>) {
  if (outcome === 'done' && !concluded) return null;
  return <span className={`badge ${OUTCOME_LOOK[outcome]}`}>{OUTCOME_NAMES[outcome]}</span>;
}

/** All that is known of one entry. */
export function AuditEntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { action, at, actor, via, subject, details, concluded, number, hash, id } = entry;
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title={ACTION_NAMES[action]}>
      <Facts
        items={[
          ['When', <Time key="at" at={at} />],
          ['Who', <Actor key="actor" actor={actor} via={via} />],
          [via?.type === 'api-key' ? 'By API key' : 'By session', via && <code>{via.id}</code>],
          ['What', <Subject key="subject" subject={subject} details={details} />],
          ['Id of that', subject && <code>{subject.id}</code>],
          ...Object.entries(details).map(([name, value]) => [detailName(name), <span key={name}>{value}</span>] as const),
          ['Outcome', outcomeText(entry)],
          ['Known since', concluded && <Time key="concluded" at={concluded.at} />],
          ['Told by entry', concluded && <span className="num">{concluded.number}</span>],
          [
            'Entry',
            <span key="number" className="num">
              {number}
            </span>,
          ],
          ['Its id', <code key="id">{id}</code>],
          ['Its hash', <code key="hash">{hash}</code>],
        ]}
      />
    </Modal>
  );
}

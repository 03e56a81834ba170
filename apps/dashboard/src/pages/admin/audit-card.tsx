import { ScrollText } from 'lucide-react';
import { useMemo, useState } from 'react';
import { auditLog } from '../../api/queries.ts';
import type { AuditEntry } from '../../api/types.ts';
import { useRows } from '../../api/use-rows.ts';
import { Card } from '../../ui/card.tsx';
import type { Column } from '../../ui/column.ts';
import { Time } from '../../ui/facts.tsx';
import { LongTable } from '../../ui/long-table.tsx';
import { Answer, Empty } from '../../ui/states.tsx';
import { useSettled } from '../../ui/use-settled.ts';
import { Actor, AuditEntryDialog, Outcome, Subject } from './audit-entry.tsx';
import { type AuditFilter, AuditFilters } from './audit-filters.tsx';
import { ACTION_NAMES, gist } from './audit-text.ts';
import { VerifyAudit } from './verify-audit.tsx';

const ALARMING: readonly AuditEntry['action'][] = ['user.loginFailed', 'session.tokenReused'];

function columns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    { id: 'at', header: 'When', track: '120px', wide: true, cell: ({ at }) => <Time at={at} /> },
    {
      id: 'action',
      header: 'What happened',
      track: 'minmax(114px, 1fr)',
      cell: (entry) => (
        <button type="button" className={`link ${ALARMING.includes(entry.action) ? 'bad' : ''}`} onClick={() => onOpen(entry)}>
          {ACTION_NAMES[entry.action] ?? entry.action}
        </button>
      ),
    },
    { id: 'outcome', header: 'Outcome', track: '96px', cell: (entry) => <Outcome {...entry} /> },
    { id: 'actor', header: 'Who', track: 'minmax(90px, 1.4fr)', cell: (entry) => <Actor {...entry} /> },
    { id: 'subject', header: 'To what', track: 'minmax(90px, 1.4fr)', wide: true, cell: (entry) => <Subject {...entry} /> },
    { id: 'gist', header: 'Detail', track: 'minmax(80px, 1fr)', wide: true, cell: (entry) => <span className="muted">{gist(entry)}</span> },
  ];
}

/** Who did what to what, newest first. */
export function AuditCard() {
  const [filter, setFilter] = useState<AuditFilter>({ actor: '', subject: '' });
  const [opened, setOpened] = useState<AuditEntry>();
  const [actor, subject] = [useSettled(filter.actor.trim()), useSettled(filter.subject.trim())];
  const { query, rows: entries, paging } = useRows(auditLog({ ...filter, actor, subject }));
  const shown = useMemo(() => columns(setOpened), []);
  return (
    <Card title="Audit log" aside={<VerifyAudit />} flush>
      <AuditFilters filter={filter} onChange={setFilter} />
      <Answer query={query} lines={6}>
        {() =>
          entries.length === 0 ? (
            <Empty icon={ScrollText} title="No entry matches">
              Choose other filters. Users are found by their id or their whole e-mail address, keys and nodes by their id.
            </Empty>
          ) : (
            <LongTable label="Audit log" rows={entries} columns={shown} keyOf={({ id }) => id} {...paging} />
          )
        }
      </Answer>
      {opened && <AuditEntryDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </Card>
  );
}

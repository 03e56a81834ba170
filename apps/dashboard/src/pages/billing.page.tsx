import { usdOf } from '@deai/sdk';
import { useQuery } from '@tanstack/react-query';
import { Receipt } from 'lucide-react';
import { useState } from 'react';
import { billing, ledgerLines, tokenPrice } from '../api/queries.ts';
import { hasRole, useSession } from '../api/session.ts';
import type { JournalReason, LedgerLine } from '../api/types.ts';
import { useRows } from '../api/use-rows.ts';
import { Card, PageHead } from '../ui/card.tsx';
import type { Column } from '../ui/column.ts';
import { Amount, Stats, Time } from '../ui/facts.tsx';
import { count } from '../ui/format.ts';
import { LongTable } from '../ui/long-table.tsx';
import { Answer, Empty } from '../ui/states.tsx';
import { TOKEN } from '../ui/token.ts';
import { DepositCard } from './billing/deposit-card.tsx';
import { UsageCard } from './billing/usage-card.tsx';

/** All of them, so that a new one cannot be forgotten here. */
const REASON_NAMES: Record<JournalReason, string> = {
  grant: 'Grant',
  deposit: 'Deposit',
  withdrawal: 'Withdrawal',
  hold: 'Hold',
  completion: 'Completion',
  failure: 'Failure',
  cancellation: 'Cancellation',
};
const REASONS = Object.keys(REASON_NAMES) as JournalReason[];

const COLUMNS: readonly Column<LedgerLine>[] = [
  { id: 'at', header: 'When', track: 'minmax(84px, 132px)', cell: ({ at }) => <Time at={at} /> },
  { id: 'reason', header: 'What', track: 'minmax(84px, 1fr)', cell: ({ reason }) => REASON_NAMES[reason] ?? reason },
  {
    id: 'account',
    header: 'Account',
    track: 'minmax(70px, 1fr)',
    wide: true,
    muted: true,
    cell: ({ account }) => account,
  },
  { id: 'tasks', header: 'Tasks', track: '72px', right: true, wide: true, cell: ({ tasks }) => count(tasks) },
  {
    id: 'amount',
    header: `Amount (${TOKEN})`,
    track: 'minmax(110px, 1fr)',
    right: true,
    cell: ({ amountYocto }) => (
      <span className={amountYocto.startsWith('-') ? '' : 'good'}>
        {!amountYocto.startsWith('-') && '+'}
        <Amount yocto={amountYocto} unit={false} />
      </span>
    ),
  },
];

function Balances() {
  const query = useQuery(billing);
  const price = useQuery(tokenPrice);
  const session = useSession();
  const worth = (yocto: string) => (price.data?.usd ? `about $${usdOf(yocto, price.data.usd)}` : undefined);
  return (
    <Answer query={query}>
      {(told) => (
        <Stats
          label="Balances"
          items={[
            { name: 'To spend', value: <Amount yocto={told.availableYocto} unit={false} />, unit: TOKEN, note: worth(told.availableYocto) },
            { name: 'On hold', value: <Amount yocto={told.heldYocto} unit={false} />, unit: TOKEN, note: 'for tasks under way' },
            { name: 'Spent', value: <Amount yocto={told.spentYocto} unit={false} />, unit: TOKEN, note: worth(told.spentYocto) },
            ...(hasRole(session, 'operator')
              ? [{ name: 'Earned', value: <Amount yocto={told.earnedYocto} unit={false} />, unit: TOKEN, note: worth(told.earnedYocto) }]
              : []),
          ]}
        />
      )}
    </Answer>
  );
}

function Ledger() {
  const [reason, setReason] = useState<JournalReason>();
  const { query, rows: lines, paging } = useRows(ledgerLines(reason));
  const filter = (
    <select
      className="input select"
      aria-label="What"
      value={reason ?? ''}
      onChange={(event) => setReason(REASONS.find((name) => name === event.target.value))}
    >
      <option value="">Everything</option>
      {REASONS.map((name) => (
        <option key={name} value={name}>
          {REASON_NAMES[name]}
        </option>
      ))}
    </select>
  );
  return (
    <Card title="Ledger" aside={filter} flush>
      <Answer query={query} lines={6}>
        {() =>
          lines.length === 0 ? (
            <Empty icon={Receipt} title="No entry">
              {reason ? 'Nothing of that sort happened yet.' : 'The first task you submit is the first entry.'}
            </Empty>
          ) : (
            <LongTable
              label="Ledger"
              rows={lines}
              columns={COLUMNS}
              keyOf={({ id, account, reason: what }) => `${id} ${account} ${what}`}
              {...paging}
            />
          )
        }
      </Answer>
    </Card>
  );
}

/** What the user has, spends and earns, with every line of the books. */
export default function BillingPage() {
  return (
    <div className="page">
      <title>Billing · DeAI</title>
      <PageHead title="Billing">
        Double-entry: each task puts its quote on hold, pays what was used, and gets the rest back, in one booking.
      </PageHead>
      <Balances />
      <UsageCard />
      <DepositCard />
      <Ledger />
    </div>
  );
}

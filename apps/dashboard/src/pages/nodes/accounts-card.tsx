import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ownAccounts } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Answer, Empty } from '../../ui/states.tsx';
import { NoSettlement } from '../network/settlement-card.tsx';
import { AccountView } from './account-view.tsx';
import { LinkAccount } from './link-account.tsx';

/** The accounts on which the operator earns: the linked one, and those of the nodes' keys. */
export function AccountsCard() {
  const accounts = useQuery(ownAccounts);
  const [chosen, choose] = useState<string>();
  return (
    <Card title="Rewards and stake on chain" aside={accounts.data && <LinkAccount />}>
      <Answer query={accounts}>
        {(items) => {
          if (items === null) return <NoSettlement />;
          const shown = items.find(({ accountId }) => accountId === chosen) ?? items[0];
          if (!shown) return <Empty title="No account yet">The first node brings one: that of its key.</Empty>;
          return (
            <div className="stack">
              {items.length > 1 && (
                <SelectField label="Account" value={shown.accountId} onChange={(event) => choose(event.target.value)}>
                  {items.map(({ accountId, name }) => (
                    <option key={accountId} value={accountId}>
                      {name}
                    </option>
                  ))}
                </SelectField>
              )}
              <AccountView accountId={shown.accountId} own />
            </div>
          );
        }}
      </Answer>
    </Card>
  );
}

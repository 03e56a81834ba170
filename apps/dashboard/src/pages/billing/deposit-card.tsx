import { useQuery } from '@tanstack/react-query';
import { linkedAccount } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/states.tsx';
import { AccountView } from '../nodes/account-view.tsx';
import { LinkAccount } from '../nodes/link-account.tsx';

/** The account whose deposits with the contract pay for tasks, where the network settles on a chain. */
export function DepositCard() {
  const { data: accountId } = useQuery(linkedAccount);
  if (accountId === undefined) return null;
  return (
    <Card title="Deposits on chain" aside={<LinkAccount />}>
      {accountId === null ? (
        <Empty title="No NEAR account is linked">
          Link yours: what it deposits with the contract, by <code>npm run deai -- deposit</code>, is booked to your balance.
        </Empty>
      ) : (
        <AccountView accountId={accountId} own />
      )}
    </Card>
  );
}

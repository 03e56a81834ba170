import { useQuery } from '@tanstack/react-query';
import { nodeChainAccount } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import type { NodeStatusResponse } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { Answer } from '../../ui/states.tsx';
import { AccountView } from './account-view.tsx';

/** Stake behind the node, and the account that it earns on. */
export function ChainCard({ node }: { node: NodeStatusResponse }) {
  const { user } = useSession();
  const own = node.operatorId === user?.id;
  const payee = useQuery(nodeChainAccount(node.publicKey, own));
  return (
    <Card title="On chain">
      <Facts
        items={[
          ['Stake behind it', <Amount key="s" yocto={node.stakeYocto} />],
          ['Staked by', node.stakeAccount && <code key="b">{node.stakeAccount}</code>],
        ]}
      />
      <Answer query={payee}>{(accountId) => <AccountView accountId={accountId} own={own} />}</Answer>
      {own && (
        <p className="hint">
          Raise the stake with <code>npm run deai -- stake</code>: it needs a key that never leaves your machine.
        </p>
      )}
    </Card>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { nodeChainAccount, settlementStatus } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import type { NodeStatusResponse } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { Answer } from '../../ui/states.tsx';
import { AccountView } from './account-view.tsx';
import { StakeDialog } from './stake-dialog.tsx';

/** Changes the stake here, where the network tells where its chain can be asked; else says how on the command line. */
function ChangeStake({ node, accountId }: { node: NodeStatusResponse; accountId: string }) {
  const { data: status } = useQuery(settlementStatus);
  const [open, setOpen] = useState(false);
  if (!status) return null;
  const { rpcUrl, contractId, tokenId } = status;
  if (rpcUrl === null) {
    return (
      <p className="hint">
        Change the stake with <code>npm run deai -- stake</code>: this network does not tell browsers where its chain is.
      </p>
    );
  }
  return (
    <>
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        Change the stake
      </button>
      <StakeDialog
        place={{ rpcUrl, contractId, tokenId }}
        nodeKey={node.publicKey}
        accountId={node.stakeAccount ?? accountId}
        open={open}
        onOpenChange={setOpen}
      />
    </>
  );
}

/** Stake behind the node, and the account that it earns on. */
export function ChainCard({ node }: { node: NodeStatusResponse }) {
  const { user } = useSession();
  const own = node.operatorId === user?.id;
  const payee = useQuery(nodeChainAccount(node.publicKey, own));
  return (
    <Card title="On chain" aside={own && payee.data !== undefined && <ChangeStake node={node} accountId={payee.data} />}>
      <Facts
        items={[
          ['Stake behind it', <Amount key="s" yocto={node.stakeYocto} />],
          ['Staked by', node.stakeAccount && <code key="b">{node.stakeAccount}</code>],
        ]}
      />
      <Answer query={payee}>{(accountId) => <AccountView accountId={accountId} own={own} />}</Answer>
    </Card>
  );
}

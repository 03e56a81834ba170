import type { NodeStatusResponse } from '@deai/protocol';
import { useQuery } from '@tanstack/react-query';
import { chainAccount, nodeChainAccount } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { Answer } from '../../ui/states.tsx';
import { NoSettlement } from '../network/settlement-card.tsx';

/** Stake behind the node, and what its account earned in settled batches. */
export function ChainCard({ node }: { node: NodeStatusResponse }) {
  const { user } = useSession();
  const own = node.operatorId === user?.id;
  const payee = useQuery(nodeChainAccount(node.publicKey, own));
  const account = useQuery({ ...chainAccount(payee.data ?? ''), enabled: payee.data !== undefined });
  return (
    <Card title="On chain">
      <Answer query={account}>
        {(told) =>
          told === null ? (
            <NoSettlement />
          ) : (
            <>
              <Facts
                items={[
                  ['Stake', <Amount key="s" yocto={node.stakeYocto} />],
                  ['Staked by', node.stakeAccount && <code key="b">{node.stakeAccount}</code>],
                  ['Earns on', <code key="a">{told.accountId}</code>],
                  ['Settled', <Amount key="e" yocto={told.earnedYocto} />],
                  ['Final, to be claimed', <Amount key="f" yocto={told.finalEarnedYocto} />],
                ]}
              />
              {own && (
                <p className="hint">
                  Claim with <code>npm run deai -- claim</code>, and raise the stake with <code>npm run deai -- stake</code>: both need a
                  key that never leaves your machine.
                </p>
              )}
            </>
          )
        }
      </Answer>
    </Card>
  );
}

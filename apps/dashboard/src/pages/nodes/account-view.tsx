import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { chainAccount, settlementStatus } from '../../api/queries.ts';
import { Amount, Facts } from '../../ui/facts.tsx';
import { shortHash } from '../../ui/format.ts';
import { Answer } from '../../ui/states.tsx';
import { NoSettlement } from '../network/settlement-card.tsx';
import { AccountHistory } from './account-history.tsx';
import { ClaimButton } from './claim-button.tsx';

/** Why there is nothing to be claimed, where it can be said. */
function Hint({ claimable, coming, least }: { claimable: bigint; coming: bigint; least: bigint }) {
  if (claimable > 0n && claimable < least) {
    return (
      <p className="hint">
        The network claims from <Amount yocto={least.toString()} /> on; less you can claim yourself with <code>deai claim</code>.
      </p>
    );
  }
  if (claimable > 0n || coming <= 0n) return null;
  return (
    <p className="hint">
      <Amount yocto={coming.toString()} /> are settled and not final yet: what is final can be claimed.
    </p>
  );
}

/** What an account earned on chain, what of it was and can be claimed, its stakes, and what happened to it. */
export function AccountView({ accountId, own }: { accountId: string; own: boolean }) {
  const [opened, setOpened] = useState(false);
  const account = useQuery(chainAccount(accountId));
  const status = useQuery(settlementStatus);
  return (
    <Answer query={account}>
      {(told) =>
        told === null ? (
          <NoSettlement />
        ) : (
          <div className="stack">
            <Facts
              items={[
                ['Account', <code key="a">{told.accountId}</code>],
                ['Settled', <Amount key="e" yocto={told.earnedYocto} />],
                ['Claimed', <Amount key="c" yocto={told.claimedYocto} />],
                ['To be claimed', <Amount key="f" yocto={told.claimableYocto} />],
                ...told.stakes.map(
                  ({ nodeKey, stakeYocto, unstakingYocto }) =>
                    [
                      `Stake, ${shortHash(nodeKey.slice('ed25519:'.length))}`,
                      <span key={nodeKey}>
                        <Amount yocto={stakeYocto} />
                        {unstakingYocto !== '0' && (
                          <>
                            {' · '}
                            <Amount yocto={unstakingYocto} /> asked back
                          </>
                        )}
                      </span>,
                    ] as const,
                ),
              ]}
            />
            {own && told.claimableYocto !== null && (
              <>
                <ClaimButton key={accountId} accountId={accountId} claimableYocto={told.claimableYocto} />
                <Hint
                  claimable={BigInt(told.claimableYocto)}
                  coming={BigInt(told.earnedYocto) - BigInt(told.finalEarnedYocto)}
                  least={BigInt(status.data?.claimLeastYocto ?? 0)}
                />
              </>
            )}
            <details onToggle={(event) => setOpened(event.currentTarget.open)}>
              <summary>History</summary>
              {opened && <AccountHistory accountId={accountId} />}
            </details>
          </div>
        )
      }
    </Answer>
  );
}

import { useQuery } from '@tanstack/react-query';
import { settlementToken } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { Answer } from '../../ui/states.tsx';

/** The token on chain: how much there is, and where. Absent where the network does not settle on one. */
export function TokenCard() {
  const token = useQuery(settlementToken);
  if (token.data === null) return null;
  return (
    <Card title="Token" aside={token.data && <span className="hint">at block {token.data.height}</span>}>
      <Answer query={token} lines={8}>
        {(told) =>
          told && (
            <Facts
              items={[
                ['Symbol', `${told.symbol}, ${told.decimals} decimals`],
                ['Contract', <code key="c">{told.tokenId}</code>],
                ['Total supply', <Amount key="t" yocto={told.supplyYocto} />],
                ['Staked for nodes', <Amount key="s" yocto={told.parts.stakesYocto} />],
                ['In escrow for tasks', <Amount key="e" yocto={told.parts.escrowYocto} />],
                ['Bond of the settler', <Amount key="b" yocto={told.parts.bondYocto} />],
                ['Rewards and fees, settled', <Amount key="r" yocto={told.settledYocto} />],
                ['of it claimed', <Amount key="p" yocto={told.claimedYocto} />],
                ['of it still to be claimed', <Amount key="u" yocto={told.parts.unclaimedYocto} />],
                ['Treasury', <Amount key="f" yocto={told.treasuryYocto} />],
                ['With everybody else', <Amount key="o" yocto={told.elsewhereYocto} />],
              ]}
            />
          )
        }
      </Answer>
    </Card>
  );
}

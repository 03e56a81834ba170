import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { ledgerAudit, tokenPrice } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { count, dollars, duration } from '../../ui/format.ts';
import { Answer } from '../../ui/states.tsx';
import { TOKEN } from '../../ui/token.ts';

/** The token's price and where it comes from. */
export function PriceCard() {
  const price = useQuery(tokenPrice);
  return (
    <Card title={`Price of ${TOKEN}`}>
      <Answer query={price} lines={2}>
        {({ usd, ageS, stale, source, sources }) => (
          <>
            <div className="row-between">
              <strong className="num" style={{ fontSize: 'var(--text-2xl)', letterSpacing: '-0.02em' }}>
                {usd === null ? 'No price' : dollars(usd)}
              </strong>
              {stale && <span className="badge warn">Stale</span>}
            </div>
            <p className="muted small">
              {usd === null
                ? 'No source tells one. Tasks are priced in the token, so nothing depends on it.'
                : `${source === 'fixed' ? 'Fixed by the configuration, not found by trade' : `Median of ${sources.filter(({ used }) => used).length} sources, ${duration((ageS ?? 0) * 1_000)} old`}. For information only: what is owed is always in ${TOKEN}.`}
            </p>
            {source !== 'fixed' && sources.length > 0 && (
              <Facts
                items={sources.map(({ name, usd: told, used, explanation }) => [
                  name,
                  used && told !== null ? dollars(told) : `left out: ${explanation ?? ''}`,
                ])}
              />
            )}
          </>
        )}
      </Answer>
    </Card>
  );
}

/** The books of the whole network, checked. */
export function BooksCard() {
  const audit = useQuery(ledgerAudit);
  return (
    <Card title="Books">
      <Answer query={audit}>
        {(books) => (
          <>
            <p className={`row ${books.balanced ? 'good' : 'bad'}`}>
              {books.balanced ? <CircleCheck size={17} aria-hidden /> : <CircleX size={17} aria-hidden />}
              <strong>
                {books.balanced
                  ? `Balanced: ${count(books.accounts)} accounts sum to ${books.sumYocto}`
                  : `Not balanced: ${count(books.mismatchedAccounts)} accounts, ${count(books.unbalancedJournals)} journals`}
              </strong>
            </p>
            <Facts
              items={[
                ['Issued', <Amount key="i" yocto={books.issuedYocto} />],
                ['On hold', <Amount key="h" yocto={books.heldYocto} />],
                ['Earned', <Amount key="e" yocto={books.earnedYocto} />],
                ['Fees', <Amount key="f" yocto={books.feesYocto} />],
              ]}
            />
          </>
        )}
      </Answer>
    </Card>
  );
}

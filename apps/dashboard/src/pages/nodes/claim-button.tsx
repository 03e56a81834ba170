import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { claimById } from '../../api/queries.ts';
import { client } from '../../api/session.ts';
import type { Claim } from '../../api/types.ts';
import { Amount } from '../../ui/facts.tsx';
import { FormError } from '../../ui/states.tsx';

/** How a claim goes, in words. */
function Progress({ claim }: { claim: Claim }) {
  switch (claim.state) {
    case 'waiting':
      return <span>{claim.problem ? `To be tried again: ${claim.problem}` : 'Noted; the network signs it in a moment…'}</span>;
    case 'signed':
      return <span>The transaction is on its way…</span>;
    case 'failed':
      return <span>Nothing was paid: {claim.problem}</span>;
    case 'paid':
      return (
        <span>
          <Amount yocto={claim.paidYocto} /> were paid to {claim.accountId}
        </span>
      );
  }
}

const LOOK: Record<Claim['state'], string> = { waiting: 'plain', signed: 'plain', failed: '', paid: 'good' };

/** Has the network claim what is final, and shows how that goes until it is paid. */
export function ClaimButton({ accountId, claimableYocto }: { accountId: string; claimableYocto: string }) {
  const queries = useQueryClient();
  const [id, setId] = useState<string>();
  const ask = useMutation({ mutationFn: () => client.settlement.claim({ accountId }), onSuccess: (noted) => setId(noted.id) });
  const claim = useQuery({ ...claimById(id ?? ''), enabled: id !== undefined });
  const ended = claim.data?.endedAt;
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: ['settlement', 'account'] });
  }, [ended, queries]);
  const busy = ask.isPending || (id !== undefined && !ended);
  return (
    <div className="stack">
      <button
        type="button"
        className="btn btn-primary"
        style={{ justifySelf: 'start' }}
        disabled={busy || claimableYocto === '0'}
        onClick={() => ask.mutate()}
      >
        {busy ? 'Claiming…' : 'Claim the rewards'}
      </button>
      <FormError error={ask.error ?? claim.error} />
      {claim.data && (
        <div className={`alert ${LOOK[claim.data.state]}`} role="status">
          <Progress claim={claim.data} />
          {claim.data.transaction && (
            <span>
              Transaction <code>{claim.data.transaction}</code>
            </span>
          )}
        </div>
      )}
    </div>
  );
}

import { parseTokens } from '@deai/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ChainPlace, StakeAction, StakeOrder } from '../../chain/stake.ts';
import { Modal } from '../../ui/dialog.tsx';
import { Amount } from '../../ui/facts.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { AccountFields, signerIn, textIn } from './account-fields.tsx';

const NAMES: Record<StakeAction, string> = {
  stake: 'Add to the stake',
  unstake: 'Ask stake back',
  withdraw: 'Take out what has cooled down',
};
const DONE: Record<StakeAction, string> = { stake: 'are at stake now', unstake: 'are asked back', withdraw: 'are back with the account' };

interface StakeDialogProps {
  place: ChainPlace;
  nodeKey: string;
  accountId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function orderOf(form: FormData, nodeKey: string): StakeOrder {
  const amount = textIn(form, 'amount');
  return {
    ...signerIn(form),
    action: textIn(form, 'action') as StakeAction,
    nodeKey,
    amountYocto: amount === '' ? undefined : BigInt(parseTokens(amount)),
  };
}

/**
 * Signs what changes a stake in this page. The fields are not React's: the key is read from its field when it signs, is in no state, and goes with
 * the dialog.
 */
export function StakeDialog({ place, nodeKey, accountId, open, onOpenChange }: StakeDialogProps) {
  const queries = useQueryClient();
  const [action, setAction] = useState<StakeAction>('stake');
  const [step, setStep] = useState('');
  const change = useMutation({
    // What is given to a mutation is kept with it: the key is not.
    mutationFn: async (form: HTMLFormElement) => {
      const order = orderOf(new FormData(form), nodeKey);
      const { changeStake } = await import('../../chain/stake.ts');
      return { ...(await changeStake(place, order, setStep)), action: order.action };
    },
    onSettled: () => void Promise.all(['settlement', 'nodes'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(event.currentTarget);
  };
  const close = (next: boolean) => {
    if (change.isPending) return;
    change.reset();
    onOpenChange(next);
  };
  return (
    <Modal
      open={open}
      onOpenChange={close}
      title="Change the stake"
      description="Signed in this page and sent to the chain alone. The key is stored nowhere, goes to nobody, and is forgotten with this dialog."
    >
      <form className="stack" onSubmit={send} autoComplete="off">
        <SelectField label="What" name="action" value={action} onChange={(event) => setAction(event.target.value as StakeAction)}>
          {Object.entries(NAMES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </SelectField>
        {action !== 'withdraw' && (
          <TextField
            label="DEAI"
            name="amount"
            inputMode="decimal"
            required={action === 'stake'}
            pattern="[0-9]+(\.[0-9]{1,24})?"
            hint={action === 'unstake' ? 'All of it when left empty. What stays must be the least stake, or nothing.' : undefined}
          />
        )}
        <AccountFields
          accountId={accountId}
          keyHint="ed25519:…, or for the account of the node itself the text of its node-key.pem. A full-access key: the contract asks for one."
        />
        {change.error && (
          <div className="alert" role="alert">
            <strong>Nothing more was sent.</strong>
            <span>{change.error.message}</span>
          </div>
        )}
        {change.isPending && (
          <div className="alert plain" role="status">
            <span>{step}</span>
          </div>
        )}
        {change.data && (
          <div className="alert good" role="status">
            <span>
              <Amount yocto={change.data.amountYocto} /> {DONE[change.data.action]}
            </span>
            <span>
              Transaction <code>{change.data.transaction}</code>
            </span>
          </div>
        )}
        <button type="submit" className="btn btn-primary" disabled={change.isPending}>
          {change.isPending ? 'Signing and sending…' : 'Sign and send'}
        </button>
      </form>
    </Modal>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { errorText } from '../../api/error-text.ts';
import { Modal } from '../../ui/dialog.tsx';
import { AccountFields, signerIn } from './account-fields.tsx';

/**
 * Links a NEAR account by a signature that is made in this page. As with stakes, the key is read from its field when it signs, and goes with
 * the dialog.
 */
export function LinkAccount() {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const link = useMutation({
    // What is given to a mutation is kept with it: the key is not.
    mutationFn: async (form: HTMLFormElement) => {
      const signer = signerIn(new FormData(form));
      const { linkAccount } = await import('../../chain/link.ts');
      return await linkAccount(signer);
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['settlement'] }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    link.mutate(event.currentTarget);
  };
  const problem = link.error && errorText(link.error);
  const change = (next: boolean) => {
    if (link.isPending) return;
    link.reset();
    setOpen(next);
  };
  return (
    <>
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        Link an account
      </button>
      <Modal
        open={open}
        onOpenChange={change}
        title="Link a NEAR account"
        description="What it deposits with the contract pays for your tasks, and what your nodes earn from then on goes to it. A signature made in this page shows that it is yours; the key is stored nowhere and sent to nobody."
      >
        <form className="stack" onSubmit={send} autoComplete="off">
          <AccountFields keyHint="ed25519:…, a full-access key: nothing less shows that the account is yours." />
          {link.error && (
            <div className="alert" role="alert">
              <strong>{problem?.title}</strong>
              {problem?.code && <span>{problem.advice}</span>}
            </div>
          )}
          {link.data !== undefined && (
            <div className="alert good" role="status">
              <span>
                <code>{link.data}</code> is linked.
              </span>
            </div>
          )}
          <button type="submit" className="btn btn-primary" disabled={link.isPending}>
            {link.isPending ? 'Signing…' : 'Sign and link'}
          </button>
        </form>
      </Modal>
    </>
  );
}

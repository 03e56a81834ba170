import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { errorText } from '../../api/error-text.ts';
import { Modal } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';

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
      const fields = new FormData(form);
      const text = (name: string) => String(fields.get(name) ?? '').trim();
      const { linkAccount } = await import('../../chain/link.ts');
      return await linkAccount({ accountId: text('accountId'), secretKey: text('secretKey') });
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
          <TextField label="NEAR account" name="accountId" required spellCheck={false} />
          <TextField
            label="Secret key of the account"
            name="secretKey"
            type="password"
            required
            autoComplete="off"
            hint="ed25519:…, a full-access key: nothing less shows that the account is yours."
          />
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

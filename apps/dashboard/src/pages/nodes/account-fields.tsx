import type { ReactNode } from 'react';
import { TextField } from '../../ui/field.tsx';

interface AccountFieldsProps {
  accountId?: string;
  /** What key it is to be. */
  keyHint: ReactNode;
}

/** Whose signature, and the key that makes it. The fields are not React's: a key is in no state, and goes with the form. */
export function AccountFields({ accountId, keyHint }: AccountFieldsProps) {
  return (
    <>
      <TextField label="NEAR account" name="accountId" defaultValue={accountId} required spellCheck={false} />
      <TextField label="Secret key of the account" name="secretKey" type="password" required autoComplete="off" hint={keyHint} />
    </>
  );
}

/** What stands in a field of a form, `''` when there is none. */
export const textIn = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

/** What {@link AccountFields} hold: to be read when it is used, and kept nowhere. */
export const signerIn = (form: FormData) => ({ accountId: textIn(form, 'accountId'), secretKey: textIn(form, 'secretKey') });

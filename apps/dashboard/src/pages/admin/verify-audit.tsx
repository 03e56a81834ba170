import { parseAuditMark } from '@deai/sdk';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { client } from '../../api/session.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Modal } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { count } from '../../ui/format.ts';
import { FormError } from '../../ui/states.tsx';

type Verdict = Awaited<ReturnType<typeof client.admin.verifyAudit>>;

const PROBLEMS: Record<NonNullable<Verdict['problem']>['kind'], string> = {
  missing: 'is missing.',
  changed: 'is not what was recorded: it was changed, or another one before it was removed or put in.',
  foreign: 'was put in: the log does not reach there.',
  replaced: 'is not the one that was noted: it was changed, and the rest written anew.',
};

/** A button that has this browser recompute the hashes of the whole log. */
export function VerifyAudit() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="btn btn-sm" onClick={() => setOpen(true)}>
        Verify<span className="sr-only"> the audit log</span>
      </button>
      {open && <VerifyDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function VerifyDialog({ onClose }: { onClose: () => void }) {
  const [unread, setUnread] = useState(false);
  const verify = useMutation({ mutationFn: (noted: string) => client.admin.verifyAudit(parseAuditMark(noted)) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const noted = String(new FormData(event.currentTarget).get('noted'));
    const wrong = noted.trim() !== '' && !parseAuditMark(noted);
    setUnread(wrong);
    if (!wrong) verify.mutate(noted);
  };
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title="Verify the audit log"
      description="Each entry is hashed with the one before it. This browser reads all of them and recomputes the hashes: an entry that was changed, removed or put in is found."
    >
      <form className="stack" onSubmit={submit}>
        <TextField
          label="Head noted before (optional)"
          name="noted"
          placeholder="number:hash"
          autoComplete="off"
          spellCheck={false}
          hint="As the last verification showed it: finds a log whose end was cut off or written anew since."
        />
        {unread && (
          <div className="alert" role="alert">
            <strong>That is no head</strong>
            <span>Paste it as it was shown: the number, a colon and the hash.</span>
          </div>
        )}
        <FormError error={verify.error} />
        <button type="submit" className="btn btn-primary" disabled={verify.isPending}>
          {verify.isPending ? 'Verifying…' : 'Verify in this browser'}
        </button>
      </form>
      {verify.data && !verify.isPending && <Told verdict={verify.data} />}
    </Modal>
  );
}

function Told({ verdict: { valid, first, last, head, problem, noted } }: { verdict: Verdict }) {
  const fitting = last - first + 1;
  return (
    <div className="stack" role="status">
      <ul className="checks">
        {fitting > 0 && (
          <li>
            <CircleCheck size={17} className="good" role="img" aria-label="holds" />
            <span>
              {count(fitting)} {fitting === 1 ? 'entry fits' : 'entries fit'}: {first} to {last}
            </span>
          </li>
        )}
        {problem && (
          <li>
            <CircleX size={17} className="bad" role="img" aria-label="does not hold" />
            <strong className="bad">
              Entry {problem.number} {PROBLEMS[problem.kind]}
            </strong>
          </li>
        )}
        {noted === 'same' && (
          <li>
            <CircleCheck size={17} className="good" role="img" aria-label="holds" />
            <span>The entry that was noted is still there</span>
          </li>
        )}
      </ul>
      {noted === 'deleted' && <p className="muted">The entry that was noted was deleted when it was old: it cannot be compared.</p>}
      {valid && (
        <>
          <p className="hint">The head, to be noted where nobody of this network can change it:</p>
          <CodeBlock label="Head of the audit log" text={`${last}:${head}`} wrap />
        </>
      )}
    </div>
  );
}

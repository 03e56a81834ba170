import type { UseQueryResult } from '@tanstack/react-query';
import { CloudOff, Inbox, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorText } from '../api/error-text.ts';

/** Nothing there yet, and what to do about it. */
export function Empty({ title, children, action, icon: Icon = Inbox }: EmptyProps) {
  return (
    <div className="state">
      <Icon size={28} strokeWidth={1.5} aria-hidden />
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {action && <div className="row">{action}</div>}
    </div>
  );
}
interface EmptyProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: LucideIcon;
}

/** Grey lines where something will stand. */
function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <output className="stack" style={{ padding: '16px 20px' }}>
      <span className="sr-only">Loading…</span>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without meaning, that never change places
        <span key={i} className="skeleton" style={{ height: 16, width: `${92 - ((i * 17) % 40)}%` }} />
      ))}
    </output>
  );
}

/** What went wrong, what to do, and a way to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { title, advice, code, requestId } = errorText(error);
  return (
    <div className="state" role="alert">
      <CloudOff size={28} strokeWidth={1.5} aria-hidden />
      <strong>{title}</strong>
      {advice && <p>{advice}</p>}
      {onRetry && (
        <div className="row">
          <button type="button" className="btn" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
      {code && (
        <p className="small mono">
          {code}
          {requestId && ` · ${requestId}`}
        </p>
      )}
    </div>
  );
}

/** The same in a form, beside what was typed. */
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  const { title, advice } = errorText(error);
  return (
    <div className="alert" role="alert">
      <strong>{title}</strong>
      {advice && <span>{advice}</span>}
    </div>
  );
}

interface AnswerProps<T> {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  lines?: number;
  children: (data: T) => ReactNode;
}

/** Shows an answer once it is there; one that is there stays while later ones fail, which the banner above the page tells. */
export function Answer<T>({ query, lines = 4, children }: AnswerProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading lines={lines} />;
}

import { formatTokens } from '@deai/sdk';
import { Fragment, type ReactNode } from 'react';
import { fullTime, time, tokens } from './format.ts';
import { TOKEN } from './token.ts';

/** Names and values, in pairs; pairs without a value are left out. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  const told = items.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  if (told.length === 0) return null;
  return (
    <dl className="facts">
      {told.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** A row of numbers that matter most. */
export function Stats({
  label,
  items,
}: {
  label: string;
  items: readonly { name: string; value: ReactNode; unit?: string; note?: ReactNode }[];
}) {
  return (
    <dl className="stats" aria-label={label}>
      {items.map(({ name, value, unit, note }) => (
        <div className="stat" key={name}>
          <dt>{name}</dt>
          <dd>
            {value} {unit && <small>{unit}</small>}
          </dd>
          {note && (
            <dd className="hint" style={{ fontSize: 'var(--text-sm)', fontWeight: 450, letterSpacing: 0 }}>
              {note}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

interface AmountProps {
  yocto: string | null;
  unit?: boolean;
  /** It is not known yet, and no more than this. */
  atMost?: true;
}

/** An amount, shortened; whole in its title. */
export function Amount({ yocto, unit = true, atMost }: AmountProps) {
  if (yocto === null) return <span className="muted">–</span>;
  return (
    <span className={atMost ? 'num muted' : 'num'} title={`${formatTokens(yocto)} ${TOKEN}`}>
      {`${atMost ? '≤ ' : ''}${tokens(yocto)}${unit ? ` ${TOKEN}` : ''}`}
    </span>
  );
}

export function Time({ at }: { at: string | null }) {
  if (at === null) return <span className="muted">–</span>;
  return (
    <time dateTime={at} title={fullTime(at)}>
      {time(at)}
    </time>
  );
}

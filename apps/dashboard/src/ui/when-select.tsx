const SPANS: readonly (readonly [hours: number, name: string])[] = [
  [1, 'The last hour'],
  [24, 'The last 24 hours'],
  [168, 'The last 7 days'],
  [720, 'The last 30 days'],
];

interface WhenSelectProps {
  /** Nothing older than this; `undefined`: however old. */
  hours: number | undefined;
  onChange: (hours: number | undefined) => void;
}

/** How far back a list goes. */
export function WhenSelect({ hours, onChange }: WhenSelectProps) {
  return (
    <select
      className="input select"
      aria-label="When"
      value={hours ?? ''}
      onChange={(event) => onChange(Number(event.target.value) || undefined)}
    >
      <option value="">At any time</option>
      {SPANS.map(([span, name]) => (
        <option key={span} value={span}>
          {name}
        </option>
      ))}
    </select>
  );
}

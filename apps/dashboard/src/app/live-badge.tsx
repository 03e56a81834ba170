import { useLiveState } from '../api/use-live.ts';

const TEXT = { off: '', connecting: 'Connecting', live: 'Live', interrupted: 'Reconnecting' } as const;
const LOOK = { off: '', connecting: 'busy', live: 'good busy', interrupted: 'warn busy' } as const;

/** Whether changes arrive as they happen. */
export function LiveBadge() {
  const state = useLiveState();
  return state === 'off' ? null : (
    <output className={`badge ${LOOK[state]}`} style={{ justifySelf: 'start' }}>
      {TEXT[state]}
    </output>
  );
}

import type { Mode, ModeRates } from '../peers/measure.ts';
import { PEERS, type PeerName, type PeersRun } from '../peers/run-peers.ts';
import { median } from './medians.ts';

/** Jobs a second, added and processed: the better of the two modes, and which it was. */
export interface PeerFigures {
  single: number;
  singleMode: Mode;
  batch: number | null;
  batchMode: Mode | null;
  /** Medians of each mode. */
  modes: ModeRates;
}

export type PeersFigures = Record<PeerName, PeerFigures | null>;

export function peerFigures(runs: readonly ModeRates[]): PeerFigures {
  const modes: ModeRates = {
    single: mediansOf(runs.map((run) => run.single)),
    batch: runs.every(({ batch }) => batch === null) ? null : mediansOf(runs.map(({ batch }) => batch).filter((batch) => batch !== null)),
  };
  const singleMode = betterOf(modes.single);
  const batchMode = modes.batch && betterOf(modes.batch);
  return { single: modes.single[singleMode], singleMode, batch: modes.batch && batchMode && modes.batch[batchMode], batchMode, modes };
}

export function peersFigures(runs: readonly PeersRun[]): PeersFigures {
  const of = (name: PeerName) => {
    const measured = runs.map((run) => run[name]).filter((rates) => rates !== null);
    return measured.length > 0 ? peerFigures(measured) : null;
  };
  return Object.fromEntries(PEERS.map((name) => [name, of(name)])) as PeersFigures;
}

function mediansOf(rates: readonly Record<Mode, number>[]): Record<Mode, number> {
  return { after: median(rates.map(({ after }) => after)), during: median(rates.map(({ during }) => during)) };
}

function betterOf({ after, during }: Record<Mode, number>): Mode {
  return after >= during ? 'after' : 'during';
}

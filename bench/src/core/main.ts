import { type Amount, type ModeRates, measureParticipant } from '../peers/measure.ts';
import { serveCalls } from '../process/calls.ts';
import { createCore } from './participant.ts';

interface CoreCall {
  databaseUrl: string;
  /** For inputs and outputs too large for a row; there are none. */
  folder: string;
  amount: Amount;
}

const handlers = {
  async measure({ databaseUrl, folder, amount }: CoreCall): Promise<ModeRates> {
    const core = await createCore(databaseUrl, folder);
    try {
      return await measureParticipant(core, amount);
    } finally {
      await core.close();
    }
  },
};
export type CoreHelper = typeof handlers;

serveCalls(handlers);

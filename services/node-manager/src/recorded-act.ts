import type { Bus } from '@deai/bus';
import { type AdminAct, DeaiError, type Principal } from '@deai/protocol';
import type { Logger } from '@deai/service-kit';

/** What an administrator does, and what does it. */
export interface RecordedAct<T> {
  principal: Principal;
  act: AdminAct;
  run(): Promise<T>;
}

/**
 * Does what an administrator asked for between two entries of the audit log: that it is attempted, without which it is not done, and how it
 * ended. An attempt without an end is one whose outcome is not known: the process was killed, the database or the audit log went away.
 * @throws DeaiError what `run` throws, and what refuses the first entry: `FORBIDDEN`, `UNAVAILABLE`.
 */
export async function recordedAct<T>(bus: Bus, logger: Logger, { principal, act, run }: RecordedAct<T>): Promise<T> {
  const { entryId } = await bus.request('auth.recordAct', { principal, act });
  const conclude = async (code: string | null): Promise<void> => {
    try {
      await bus.request('auth.concludeAct', { principal, end: { entryId, code } });
    } catch (error) {
      logger.warn({ err: error, entryId, code }, 'how an act of an administrator ended could not be recorded');
    }
  };
  let done: T;
  try {
    done = await run();
  } catch (error) {
    if (!isOutcomeUnknown(error)) await conclude(error instanceof DeaiError ? error.code : 'INTERNAL');
    throw error;
  }
  await conclude(null);
  return done;
}

/** As of a commit whose answer was lost. */
function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof DeaiError && error.details?.outcomeUnknown === true;
}

import type { DbLogger } from './database.types.ts';

const nothing = (): void => {};

/** The default where no logger is given: libraries print nothing. */
export const SILENT: DbLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

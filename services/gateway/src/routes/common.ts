import { type ErrorCode, Id } from '@deai/protocol';
import Type from 'typebox';

/** `{id}` in a path. */
export const IdParams = Type.Object({ id: Id });

/** Stands in examples for an id. */
export const EXAMPLE_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Of what the bridge answers, which not every network runs. */
export const CHAIN_ERRORS = ['SETTLEMENT_OFF', 'CHAIN_UNAVAILABLE'] as const satisfies readonly ErrorCode[];

import { settlementParties } from '@deai/protocol';

/** NEAR's implicit account of a node's key: what its operator earns on without another account. */
export const implicitAccountOf = (nodeKey: string): string => settlementParties({ sponsorAccount: '', nodeKey }).payee;

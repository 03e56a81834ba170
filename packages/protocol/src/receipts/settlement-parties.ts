import { base58, hex } from '@scure/base';

/** Who is concerned by a task, as far as the network knows their NEAR accounts. */
export interface PartiesOf {
  /** Account that the requester linked. */
  requesterAccount?: string | undefined;
  /** Account that the node's operator linked. */
  operatorAccount?: string | undefined;
  /** The network's account that pays for requesters without one. */
  sponsorAccount: string;
  /** The node's key, `ed25519:<base58>`. */
  nodeKey: string;
}

/**
 * The NEAR accounts that a work receipt names. A requester without a linked account is paid for by the sponsor. An operator without one
 * earns on the implicit account of the node's key, which exists for every ed25519 key and which the holder of that key alone controls: so
 * every reward can be claimed, and none has to be moved to another account when one is linked later.
 */
export function settlementParties(of: PartiesOf): { payer: string; payee: string } {
  return { payer: of.requesterAccount ?? of.sponsorAccount, payee: of.operatorAccount ?? implicitAccount(of.nodeKey) };
}

/** NEAR's implicit account of a key: the 32 bytes in lower-case hex. */
export function implicitAccount(publicKey: string): string {
  return hex.encode(base58.decode(publicKey.slice('ed25519:'.length)));
}

import type { NetworkKeys, ReceiptDocument, SumNodeJson } from '@deai/protocol';
import type { PostedRoot, ReceiptVerdict } from '@deai/protocol/receipts';

/** What to check a work receipt against; what is left out is not checked, and the verdict says so. */
export interface VerifyOptions {
  /** The task's output, as the task has it. */
  output?: unknown;
  /** The task's input, as it was submitted. */
  input?: unknown;
  /** The network's id and keys, from `deai.network.keys()` or kept from before. */
  network?: { networkId: string; keys: readonly Pick<NetworkKeys['keys'][number], 'publicKey'>[] } | undefined;
  /** What the contract holds of the batch that the receipt names. */
  root?: PostedRoot | undefined;
}

/**
 * Checks a work receipt: its form, the hashes, the node's and the network's signatures, its inclusion in a batch and the batch's root.
 * Works in browsers and asks nobody. Never throws for what the document holds: the verdict says exactly what is wrong.
 */
export async function verifyReceipt(document: unknown, { network, root, output, input }: VerifyOptions = {}): Promise<ReceiptVerdict> {
  // Most programs never verify one: they need not load this.
  const [{ verifyReceipt: verify }, { ed25519 }, { sha256 }] = await Promise.all([
    import('@deai/protocol/receipts'),
    import('@noble/curves/ed25519.js'),
    import('@noble/hashes/sha2.js'),
  ]);
  return await verify(document, {
    sha256,
    // As strict as the chain: other rules would take keys and signatures that it refuses.
    verifyEd25519: (key, message, signature) => ed25519.verify(signature, message, key, { zip215: false }),
    ...(output === undefined ? {} : { output }),
    ...(input === undefined ? {} : { input }),
    ...(network ? { network: { networkId: network.networkId, publicKeys: network.keys.map(({ publicKey }) => publicKey) } } : {}),
    ...(root ? { root } : {}),
  });
}

/** One step of a receipt's way to the root: the two nodes that are hashed together, which of them is the receipt's own, and what they give. */
export interface ReceiptStep {
  own: SumNodeJson;
  sibling: SumNodeJson;
  /** Where the sibling stands. */
  side: 'left' | 'right';
  parent: SumNodeJson;
}

/**
 * The receipt's leaf and each step from it to its batch's root, computed from the document, to be shown; `undefined` while it is in no batch.
 * Says nothing about whether the root is on chain: see `verifyReceipt`. @throws Error for a document that has not the form of a receipt.
 */
export async function receiptPath({ receipt, batch }: ReceiptDocument): Promise<{ leaf: SumNodeJson; steps: ReceiptStep[] } | undefined> {
  if (!batch) return undefined;
  const [{ receiptLeaf, receiptOfJson, sumRootFrom, proofOfJson }, { sha256 }, { bytesToHex }] = await Promise.all([
    import('@deai/protocol/receipts'),
    import('@noble/hashes/sha2.js'),
    import('@noble/hashes/utils.js'),
  ]);
  const leaf = receiptLeaf(sha256, receiptOfJson(receipt));
  const toJson = ({ hash, sums }: typeof leaf): SumNodeJson => ({ hash: bytesToHex(hash), sums: sums.map(String) });
  let own = leaf;
  const steps = proofOfJson(batch.proof).map((step): ReceiptStep => {
    const parent = sumRootFrom(sha256, own, [step]);
    const told = { own: toJson(own), sibling: toJson(step), side: step.side, parent: toJson(parent) };
    own = parent;
    return told;
  });
  return { leaf: toJson(leaf), steps };
}

/** The NEAR account that a node's rewards go to while its operator has linked none: the implicit one of its key, which only the node holds. */
export async function nodeAccount(publicKey: string): Promise<string> {
  const { settlementParties } = await import('@deai/protocol/receipts');
  return settlementParties({ sponsorAccount: '', nodeKey: publicKey }).payee;
}

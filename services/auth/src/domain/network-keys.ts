import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { DeaiError, type NetworkKey, publicKeyText, receiptSigningText, signText } from '@deai/protocol';
import { planRotation, signerAt } from './key-rotation.ts';
import type { SigningKeyStore, StoredSigningKey } from './ports.ts';
import { makeSigningKey, openSigningKey } from './signing-keys.ts';

/** The keys by which the network signs work receipts, as this instance knows them. */
export interface NetworkKeyRing {
  /** Makes a key where it is time and takes up what other instances did. @throws DeaiError `CONFIG_INVALID` with the wrong secret. */
  refresh(): Promise<void>;
  /** Every key there ever was and the one to come, oldest first. */
  list(): NetworkKey[];
  /** Signs for one network the receipt with this hash. @throws DeaiError `INVALID_INPUT` for what is no hash. */
  signReceipt(networkId: string, receiptHash: string): { publicKey: string; signature: string };
}

export interface NetworkKeyRingOptions {
  store: SigningKeyStore;
  /** Seals private keys. */
  secret: string;
  /** A key signs for this long. */
  lifeMs: number;
  /** It is public for this long before. */
  leadMs: number;
  now(): number;
}

const HASH = /^[0-9a-f]{64}$/;
const NETWORK_ID = /^[^\n]{1,64}$/;

/** Keys live in the store, sealed, and none is ever dropped. Call `refresh` before the rest. */
export function createNetworkKeyRing({ store, secret, lifeMs, leadMs, now }: NetworkKeyRingOptions): NetworkKeyRing {
  const opened = new Map<string, KeyObject>();
  let keys: (StoredSigningKey & { publicKey: string })[] = [];

  return {
    async refresh() {
      const stored = await store.update(async (present) => {
        const { signsFromMs } = planRotation(present, now(), { lifeMs, leadMs, keepMs: Number.POSITIVE_INFINITY });
        return signsFromMs === undefined ? { drop: [] } : { drop: [], add: await makeSigningKey(secret, signsFromMs) };
      });
      // Past keys sign no more, and opening one takes a tenth of a second.
      const signer = signerAt(stored, now());
      for (const key of stored) {
        const needed = !signer || key.signsFrom >= signer.signsFrom;
        if (needed && !opened.has(key.id)) opened.set(key.id, await openSigningKey(key, secret));
      }
      keys = stored.map((key) => ({
        ...key,
        publicKey: publicKeyText(createPublicKey({ key: key.publicJwk as JsonWebKey, format: 'jwk' })),
      }));
    },
    list: () => keys.map(({ publicKey, signsFrom }) => ({ publicKey, signsFrom: signsFrom.toISOString() })),
    signReceipt(networkId, receiptHash) {
      if (!HASH.test(receiptHash) || !NETWORK_ID.test(networkId))
        throw new DeaiError('INVALID_INPUT', { problem: 'not the hash of a receipt' });
      const key = signerAt(keys, now());
      const privateKey = key && opened.get(key.id);
      if (!privateKey) throw new DeaiError('UNAVAILABLE', { reason: 'no key of the network is loaded' });
      return { publicKey: key.publicKey, signature: signText(privateKey, receiptSigningText(networkId, receiptHash)) };
    },
  };
}

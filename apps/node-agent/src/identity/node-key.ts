import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiError, newKeyPair, publicKeyText, signText } from '@deai/protocol';
import { writePrivateFile } from '../local/private-file.ts';

/** The node's key. `publicKey` is `ed25519:<base58>`; `sign` gives base64 over UTF-8 text. */
export interface NodeKey {
  publicKey: string;
  sign(text: string): string;
}

/**
 * Reads the key from `node-key.pem` (mode 0600) in the folder, or makes one.
 * @throws DeaiError `CONFIG_INVALID` when the file is there but holds no ed25519 key: a new key would be another node.
 */
export async function loadNodeKey(dataDir: string): Promise<NodeKey> {
  const path = join(dataDir, 'node-key.pem');
  let pem = await readFile(path, 'utf8').catch(() => undefined);
  if (pem === undefined) {
    pem = newKeyPair().privateKey;
    await writePrivateFile(path, pem);
  }
  await chmod(path, 0o600);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw new TypeError(`a key of type ${key.asymmetricKeyType}`);
    return { publicKey: publicKeyText(createPublicKey(key)), sign: (text) => signText(key, text) };
  } catch (error) {
    const hint = 'Restore the file from a backup, or delete it to become a new node.';
    throw new DeaiError('CONFIG_INVALID', { file: path, hint }, { cause: error });
  }
}

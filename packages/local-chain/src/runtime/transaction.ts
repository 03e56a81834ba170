import { base58 } from '../crypto/base58.ts';
import { sha256 } from '../crypto/sha256.ts';
import { TxDecodeError } from '../errors.types.ts';
import type { AccessKey, Action, DelegateAction, PublicKey } from './action.types.ts';
import { BorshReader } from './borsh-reader.ts';
import { publicKeyOf } from './public-key.ts';

/** A decoded signed transaction. */
export interface SignedTransaction {
  readonly signerId: string;
  readonly publicKey: PublicKey;
  readonly nonce: number;
  readonly receiverId: string;
  /** Base58. */
  readonly blockHash: string;
  readonly actions: readonly Action[];
  /** Type byte and signature. */
  readonly signature: Uint8Array;
  readonly hashBytes: Uint8Array;
  /** Base58. */
  readonly hash: string;
  readonly size: number;
}

/** NEP-461: what is signed for a delegate action begins with this number. */
const DELEGATE_PREFIX = Uint8Array.of(0x6e, 0x01, 0x00, 0x40);

/** @throws TxDecodeError if the bytes are no borsh `SignedTransaction` with actions that this chain knows */
export function decodeSignedTransaction(bytes: Uint8Array): SignedTransaction {
  const reader = new BorshReader(bytes);
  const signerId = reader.text();
  const publicKey = readPublicKey(reader);
  const nonce = reader.count();
  const receiverId = reader.text();
  const blockHash = base58(reader.fixed(32));
  const actions = reader.list(() => readAction(reader));
  const hashBytes = sha256(bytes.subarray(0, reader.position));
  const signature = readSignature(reader);
  reader.finish();
  const hash = base58(hashBytes);
  return { signerId, publicKey, nonce, receiverId, blockHash, actions, signature, hashBytes, hash, size: bytes.length };
}

function readPublicKey(reader: BorshReader): PublicKey {
  const start = reader.position;
  const type = reader.u8();
  if (type > 1) throw new TxDecodeError(`unknown type of public key ${type}`);
  reader.fixed(type === 0 ? 32 : 64);
  return publicKeyOf(reader.bytes.subarray(start, reader.position));
}

function readSignature(reader: BorshReader): Uint8Array {
  const start = reader.position;
  const type = reader.u8();
  if (type > 1) throw new TxDecodeError(`unknown type of signature ${type}`);
  reader.fixed(type === 0 ? 64 : 65);
  return reader.bytes.slice(start, reader.position);
}

function readAccessKey(reader: BorshReader): AccessKey {
  const nonce = reader.count();
  const kind = reader.u8();
  if (kind === 1) return { nonce, permission: { kind: 'FullAccess' } };
  if (kind !== 0) throw new TxDecodeError(`unsupported permission of an access key ${kind}`);
  const allowance = reader.optional(() => reader.u128());
  const receiverId = reader.text();
  const methodNames = reader.list(() => reader.text());
  return { nonce, permission: { kind: 'FunctionCall', allowance, receiverId, methodNames } };
}

function readAction(reader: BorshReader, delegated = false): Action {
  const kind = reader.u8();
  switch (kind) {
    case 0:
      return { kind: 'CreateAccount' };
    case 1:
      return { kind: 'DeployContract', code: reader.blob() };
    case 2:
      return {
        kind: 'FunctionCall',
        method: reader.text(),
        args: reader.blob(),
        gas: reader.count(),
        deposit: reader.u128(),
        gasWeight: 0n,
      };
    case 3:
      return { kind: 'Transfer', deposit: reader.u128() };
    case 4:
      return { kind: 'Stake', stake: reader.u128(), publicKey: readPublicKey(reader) };
    case 5:
      return { kind: 'AddKey', publicKey: readPublicKey(reader), accessKey: readAccessKey(reader) };
    case 6:
      return { kind: 'DeleteKey', publicKey: readPublicKey(reader) };
    case 7:
      return { kind: 'DeleteAccount', beneficiaryId: reader.text() };
    case 8:
      if (delegated) throw new TxDecodeError('a delegate action inside a delegate action');
      return readDelegate(reader);
    default:
      throw new TxDecodeError(`unsupported action ${kind}: global contracts, gas keys and deterministic accounts do not exist here`);
  }
}

function readDelegate(reader: BorshReader): DelegateAction {
  const start = reader.position;
  const senderId = reader.text();
  const receiverId = reader.text();
  const actions = reader.list(() => readAction(reader, true));
  const nonce = reader.count();
  const maxBlockHeight = reader.count();
  const publicKey = readPublicKey(reader);
  const hash = sha256(Buffer.concat([DELEGATE_PREFIX, reader.bytes.subarray(start, reader.position)]));
  const signature = readSignature(reader);
  return { kind: 'Delegate', senderId, receiverId, actions, nonce, maxBlockHeight, publicKey, signature, hash };
}

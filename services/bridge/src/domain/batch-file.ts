import { BorshReader, BorshWriter } from '@deai/protocol';
import type { ChargeEntry, RewardEntry } from './build-batch.ts';

/** All leaves of a batch. */
export interface BatchLeaves {
  /** As they are hashed; `decodeReceipt` reads one. */
  receipts: Uint8Array[];
  rewards: RewardEntry[];
  charges: ChargeEntry[];
}

const VERSION = 1;
const BYTES_A_RECEIPT = 512;

/** The leaves of a batch in borsh, in their order: a version byte, then three lists. Receipts are kept as they are hashed. */
export function encodeLeaves(
  receipts: readonly Uint8Array[],
  rewards: readonly RewardEntry[],
  charges: readonly ChargeEntry[],
): Uint8Array {
  const writer = new BorshWriter(1_024 + receipts.length * BYTES_A_RECEIPT).u8(VERSION).u32(receipts.length);
  for (const bytes of receipts) writer.u32(bytes.length).fixed(bytes);
  writer.u32(rewards.length);
  for (const { account, cumulativeYocto, firstBatch } of rewards) writer.text(account).u128(cumulativeYocto).u64(firstBatch);
  writer.u32(charges.length);
  for (const { account, cumulativeYocto } of charges) writer.text(account).u128(cumulativeYocto);
  return writer.take();
}

/** Reads them back. @throws RangeError for bytes of another form. */
export function decodeLeaves(bytes: Uint8Array): BatchLeaves {
  const reader = new BorshReader(bytes);
  if (reader.u8() !== VERSION) throw new RangeError('the leaves of the batch have a form that is not known');
  const list = <T>(read: () => T): T[] => Array.from({ length: reader.u32() }, read);
  return {
    receipts: list(() => reader.fixed(reader.u32())),
    rewards: list(() => ({ account: reader.text(), cumulativeYocto: reader.u128(), firstBatch: Number(reader.u64()) })),
    charges: list(() => ({ account: reader.text(), cumulativeYocto: reader.u128() })),
  };
}

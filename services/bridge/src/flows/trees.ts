import type { ObjectStore } from '@deai/objects';
import { type BatchTrees, openTrees } from '../domain/batch-trees.ts';
import type { StoredBatch } from '../domain/ports.ts';

/** Batches whose trees are kept in memory: those asked for last. */
const KEPT_TREES = 4;

/** The trees of batches, made again from their leaves in the object store. */
export type Trees = (batch: Pick<StoredBatch, 'number' | 'objectKey'>) => Promise<BatchTrees>;

export function createTrees(objects: Pick<ObjectStore, 'get'>): Trees {
  const trees = new Map<string, Promise<BatchTrees>>();
  async function open(number: number, objectKey: string): Promise<BatchTrees> {
    const bytes = await objects.get(objectKey);
    if (!bytes) throw new Error(`the leaves of batch ${number} are not in the object store`);
    return openTrees(bytes);
  }
  return ({ number, objectKey }) => {
    const known = trees.get(objectKey);
    trees.delete(objectKey);
    const opening = known ?? open(number, objectKey);
    trees.set(objectKey, opening);
    opening.catch(() => trees.delete(objectKey));
    for (const [oldest] of trees) if (trees.size > KEPT_TREES) trees.delete(oldest);
    return opening;
  };
}

import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@deai/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from './object-store.ts';

/** A store, and how its keeper's disk would go wrong. */
export interface ObjectStoreUnderTest {
  store: ObjectStore;
  /** Replaces the stored bytes of an object behind the store's back. */
  corrupt(key: string, bytes: Uint8Array): Promise<void>;
  /** A second store on the same objects: after a restart, or in another process. */
  reopen(): Promise<ObjectStore>;
}

/** What every {@link ObjectStore} adapter must do. `makeStore` gives an empty one for each test. */
export function objectStoreContract(name: string, makeStore: () => Promise<ObjectStoreUnderTest>): void {
  let made: ObjectStoreUnderTest;
  let store: ObjectStore;
  beforeEach(async () => {
    made = await makeStore();
    store = made.store;
  });
  afterEach(() => made.store.close());

  describe(name, () => {
    it('gives back any bytes under their SHA-256', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 4_096 }), async (bytes) => {
          const key = await store.put(bytes);
          expect(key).toBe(sha256Hex(bytes));
          expect(await store.get(key)).toEqual(bytes);
        }),
        { numRuns: 40 },
      );
    });

    it('stores an object of several MiB, and a view into a larger buffer', async () => {
      const large = new Uint8Array(randomBytes(5 * 1024 * 1024));
      for (const bytes of [large, large.subarray(7, 1_000)]) {
        expect(Buffer.compare((await store.get(await store.put(bytes))) ?? new Uint8Array(), bytes)).toBe(0);
      }
    });

    it('knows what is there and what is not', async () => {
      const missing = sha256Hex('never stored');
      expect([await store.has(missing), await store.get(missing)]).toEqual([false, undefined]);
      await store.delete(missing);
      const key = await store.put(Buffer.from('stored'));
      expect(await store.has(key)).toBe(true);
      await store.delete(key);
      expect([await store.has(key), await store.get(key)]).toEqual([false, undefined]);
      expect(await store.put(Buffer.from('stored'))).toBe(key);
      expect(await store.has(key)).toBe(true);
    });

    it('takes the same bytes again and again, also at the same time and from two stores', async () => {
      const bytes = new Uint8Array(randomBytes(100_000));
      const other = await made.reopen();
      const keys = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? store : other).put(bytes)));
      expect(new Set([...keys, await store.put(bytes)])).toEqual(new Set([sha256Hex(bytes)]));
      expect(await other.get(sha256Hex(bytes))).toEqual(bytes);
      await other.close();
    });

    it('finds its objects again after it was closed', async () => {
      const key = await store.put(Buffer.from('kept'));
      await store.close();
      const again = await made.reopen();
      expect(Buffer.from((await again.get(key)) ?? []).toString()).toBe('kept');
      await again.close();
    });

    it('refuses to give corrupt bytes, names the object, and is healed by storing the right ones again', async () => {
      const bytes = new Uint8Array(Buffer.from('the right bytes'));
      const key = await store.put(bytes);
      for (const wrong of ['the wrong bytes', 'the right', '']) {
        await made.corrupt(key, Buffer.from(wrong));
        await expect(store.get(key)).rejects.toMatchObject({
          code: 'INTERNAL',
          details: { object: key, hint: expect.stringContaining('corrupt') },
        });
      }
      expect(await store.put(bytes)).toBe(key);
      expect(await store.get(key)).toEqual(bytes);
    });

    it.each([
      '',
      '../../etc/passwd',
      '..',
      'tmp',
      'a'.repeat(63),
      'a'.repeat(65),
      'A'.repeat(64),
      `${'a'.repeat(64)}\n`,
      `${'../'.repeat(21)}a`,
      `${'a'.repeat(63)}\0`,
    ])('refuses %j as a key', async (key) => {
      for (const call of [store.get(key), store.has(key), store.delete(key)]) {
        await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
    });

    it('finishes what is being stored when it closes, then refuses with SHUTTING_DOWN', async () => {
      const bytes = new Uint8Array(randomBytes(1024 * 1024));
      const putting = store.put(bytes);
      await store.close();
      const again = await made.reopen();
      expect(await again.has(sha256Hex(bytes))).toBe(true);
      const key = await putting;
      await again.close();
      for (const call of [store.put(bytes), store.get(key), store.has(key), store.delete(key)]) {
        await expect(call).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      }
    });
  });
}

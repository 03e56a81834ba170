import { copyFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import type { BlockCommit, ChainStore } from '../../store.types.ts';
import { openFileStore } from './file-store.ts';

const LOG = 'log-000001.deai';

function block(height: number, state: Record<string, string | null> = {}, size = 20): BlockCommit {
  return {
    height,
    state: Object.entries({ head: String(height), ...state }).map(([key, value]) => ({
      key,
      value: value === null ? null : Buffer.from(value),
    })),
    history: [
      { key: `block/${height}`, value: Buffer.from(JSON.stringify({ height, text: 'x'.repeat(size) })) },
      { key: 'newest', value: Buffer.from(String(height)) },
    ],
  };
}

async function stateOf(store: ChainStore): Promise<Record<string, string>> {
  return Object.fromEntries(Array.from(await store.load(), ({ key, value }) => [key, Buffer.from(value).toString()]));
}

const textOf = (store: ChainStore, key: string) => {
  const value = store.readHistory(key);
  return value && Buffer.from(value).toString();
};

/** A folder with `count` committed blocks, closed, and the log's size after each. */
async function written(count: number): Promise<{ dataDir: string; ends: number[] }> {
  const dataDir = await tempDir();
  const store = await openFileStore({ dataDir });
  const ends: number[] = [];
  for (let height = 1; height <= count; height += 1) {
    await store.commit(block(height, { [`key${height}`]: `value${height}` }));
    ends.push((await readFile(join(dataDir, LOG))).length);
  }
  await store.close();
  return { dataDir, ends };
}

describe('a store on disk', { timeout: 60_000 }, () => {
  it('brings back state and history, also keys and values of any bytes', async () => {
    const dataDir = await tempDir();
    const store = await openFileStore({ dataDir });
    const key = `a\u0000ÿ${String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))}`;
    await store.commit({
      height: 1,
      state: [
        { key, value: Buffer.from([0, 255, 1]) },
        { key: 'gone', value: Buffer.of(1) },
      ],
      history: [],
    });
    await store.commit({
      height: 2,
      state: [
        { key: 'gone', value: null },
        { key: '', value: Buffer.of() },
      ],
      history: [{ key: 'tx/1', value: Buffer.from('{"a":"ü"}') }],
    });
    await store.close();
    const again = await openFileStore({ dataDir });
    expect(Array.from(await again.load(), ({ key: name, value }) => [name, Array.from(value)])).toEqual([
      [key, [0, 255, 1]],
      ['', []],
    ]);
    expect(textOf(again, 'tx/1')).toBe('{"a":"ü"}');
    expect(textOf(again, 'tx/2')).toBeUndefined();
    await again.close();
  });

  it('shares one sync among commits that overlap, and keeps their order', async () => {
    const dataDir = await tempDir();
    const store = await openFileStore({ dataDir });
    const order: number[] = [];
    await Promise.all(Array.from({ length: 300 }, (_, index) => store.commit(block(index + 1)).then(() => order.push(index + 1))));
    expect(order).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    await store.close();
    const again = await openFileStore({ dataDir });
    expect(await stateOf(again)).toEqual({ head: '300' });
    await again.close();
  });

  it('reads history that is not on disk yet, and values larger than one read', async () => {
    const dataDir = await tempDir();
    const store = await openFileStore({ dataDir, recentHistoryBytes: 0 });
    const commit = store.commit(block(1, {}, 100_000));
    expect(textOf(store, 'newest')).toBe('1');
    await commit;
    expect(textOf(store, 'newest')).toBe('1');
    expect(textOf(store, 'block/1')).toHaveLength(JSON.stringify({ height: 1, text: '' }).length + 100_000);
    await store.close();
    await expect(store.commit(block(2))).rejects.toMatchObject({ code: 'FAILED' });
  });

  it('goes on from snapshots, with history from every segment', async () => {
    const dataDir = await tempDir();
    const small = { dataDir, segmentBytes: 2_000, snapshotBytes: 5_000, recentHistoryBytes: 300 };
    let store = await openFileStore(small);
    for (let height = 1; height <= 200; height += 1) {
      await store.commit(block(height, { [`key${height % 7}`]: String(height), ...(height === 100 ? { key3: null } : {}) }));
      if (height % 60 === 0) {
        await store.close();
        store = await openFileStore(small);
      }
    }
    const expected = await stateOf(store);
    await store.close();
    const names = await readdir(dataDir);
    expect(names.filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('log-')).length).toBeGreaterThan(5);
    store = await openFileStore(small);
    expect(await stateOf(store)).toEqual(expected);
    for (let height = 1; height <= 200; height += 1) expect(textOf(store, `block/${height}`)).toContain(`"height":${height},`);
    await store.close();
  });

  it('removes a snapshot that was being written', async () => {
    const { dataDir } = await written(2);
    await writeFile(join(dataDir, 'snapshot-000002.deai.tmp'), 'half');
    const store = await openFileStore({ dataDir });
    expect(await stateOf(store)).toMatchObject({ head: '2' });
    expect(await readdir(dataDir)).not.toContain('snapshot-000002.deai.tmp');
    await store.close();
  });

  it('tells who has it when it is opened twice', async () => {
    const dataDir = await tempDir();
    const store = await openFileStore({ dataDir });
    await expect(openFileStore({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
    await store.close();
    await (await openFileStore({ dataDir })).close();
  });
});

describe('a damaged store', { timeout: 60_000 }, () => {
  it('drops a torn tail, cut at any byte of the last record, and goes on', async () => {
    const { dataDir, ends } = await written(3);
    const [, second = 0, third = 0] = ends;
    await copyFile(join(dataDir, LOG), join(dataDir, 'whole'));
    for (let size = second; size < third; size += 1) {
      await copyFile(join(dataDir, 'whole'), join(dataDir, LOG));
      await truncate(join(dataDir, LOG), size);
      const store = await openFileStore({ dataDir });
      expect(await stateOf(store)).toEqual({ head: '2', key1: 'value1', key2: 'value2' });
      await store.commit(block(3));
      await store.close();
      const again = await openFileStore({ dataDir });
      expect(await stateOf(again)).toMatchObject({ head: '3' });
      await again.close();
    }
  });

  it('begins anew when not even the first header was whole', async () => {
    const { dataDir } = await written(1);
    for (const size of [0, 1, 15]) {
      await truncate(join(dataDir, LOG), size);
      const store = await openFileStore({ dataDir });
      expect(await stateOf(store)).toEqual({});
      await store.close();
    }
  });

  it('is reported, wherever one byte of a record is flipped, and never loses a block silently', async () => {
    const { dataDir, ends } = await written(3);
    const whole = await readFile(join(dataDir, LOG));
    for (let at = 16; at < (ends[2] ?? 0); at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x40;
      await writeFile(join(dataDir, LOG), flipped);
      const start = [16, ...ends].findLast((end) => end <= at);
      await expect(openFileStore({ dataDir })).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining(`${LOG} is damaged at byte ${start}`),
      });
    }
  });

  it('is reported when a segment is missing or cut short before the last', async () => {
    const dataDir = await tempDir();
    const store = await openFileStore({ dataDir, segmentBytes: 500 });
    for (let height = 1; height <= 20; height += 1) await store.commit(block(height));
    await store.close();
    await truncate(join(dataDir, 'log-000002.deai'), 100);
    await expect(openFileStore({ dataDir })).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringContaining('cut short') });
  });

  it('of another format or of another program is refused', async () => {
    const { dataDir } = await written(1);
    const whole = await readFile(join(dataDir, LOG));
    whole[10] = 9;
    await writeFile(join(dataDir, LOG), whole);
    await expect(openFileStore({ dataDir })).rejects.toThrow('has format 9, this program reads 1');
    await writeFile(join(dataDir, LOG), 'something else altogether');
    await expect(openFileStore({ dataDir })).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
  });

  it('tells of a history record that was damaged while it was open', async () => {
    const { dataDir } = await written(1);
    const store = await openFileStore({ dataDir });
    const whole = await readFile(join(dataDir, LOG));
    whole[whole.indexOf('xxxx')] = 1;
    await writeFile(join(dataDir, LOG), whole);
    expect(() => store.readHistory('block/1')).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    await store.close();
  });
});

import { openFileStore } from './file-store.ts';

/**
 * A process to be killed: commits blocks until then, from the height after the one it finds, and prints each that was acknowledged.
 * Files are so small that segments and snapshots change all the time.
 */
const [, , dataDir = ''] = process.argv;
const store = await openFileStore({ dataDir, segmentBytes: 3_000, snapshotBytes: 6_000 });
const head = Array.from(await store.load()).find(({ key }) => key === 'head');
let height = head ? Number(Buffer.from(head.value).toString()) : 0;
for (;;) {
  const batch = Array.from({ length: 3 }, () => {
    height += 1;
    const value = Buffer.from(String(height));
    return store
      .commit({
        height,
        state: [
          { key: 'head', value },
          { key: `slot${height % 50}`, value },
          { key: `slot${(height + 25) % 50}`, value: null },
        ],
        history: [{ key: `block/${height}`, value: Buffer.from(`{"height":${height}}`) }],
      })
      .then(
        (
          (own) => () =>
            process.stdout.write(`${own}\n`)
        )(height),
      );
  });
  await Promise.all(batch);
}

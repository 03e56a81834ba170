import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageSize } from './image-size.ts';

test('reads the size of PNG, BMP and JPEG headers', async () => {
  const png = await readFile(new URL('../../../../examples/images/invoice.png', import.meta.url));
  const bmp = Buffer.alloc(26);
  bmp.write('BM');
  bmp.writeInt32LE(640, 18);
  bmp.writeInt32LE(-480, 22);
  const jpeg = Buffer.from('ffd8ffe000044142ffc0000b080102030401', 'hex');
  expect([png, bmp, jpeg].map(imageSize)).toEqual([
    { width: 900, height: 640 },
    { width: 640, height: 480 },
    { width: 772, height: 258 },
  ]);
});

test('ends without an error on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom('', 'ffd8', '89504e47', '424d'), (bytes, start) => {
      imageSize(Buffer.concat([Buffer.from(start, 'hex'), bytes]));
    }),
  );
});

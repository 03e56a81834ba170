import { DeaiError, type TaskOutput } from '@deai/protocol';

type Vector = number[] | string;

/** base64 of little-endian float32 to numbers. */
export function decodeVector(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

/** Numbers to base64 of little-endian float32. */
export function encodeVector(numbers: readonly number[]): string {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeFloatLE(number, i * 4);
  return bytes.toString('base64');
}

/** The vectors of an embeddings task in the encoding asked for. @throws DeaiError `RESULT_INVALID` when there are not `count`. */
export function vectorsOf(output: unknown, encoding: 'float' | 'base64', count: number): Vector[] {
  const vectors = (output as TaskOutput<'embeddings'> | undefined)?.vectors as Vector[] | undefined;
  if (vectors?.length !== count) throw new DeaiError('RESULT_INVALID', { expected: count, got: vectors?.length ?? 0 });
  return vectors.map((vector) => {
    if (encoding === 'base64') return typeof vector === 'string' ? vector : encodeVector(vector);
    return typeof vector === 'string' ? decodeVector(vector) : vector;
  });
}

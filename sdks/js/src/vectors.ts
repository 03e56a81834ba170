/** Reads a vector that was asked for with `encoding: 'base64'`: little-endian float32. */
export function decodeVector(base64: string): Float32Array {
  const binary = atob(base64);
  if (binary.length % 4 !== 0) throw new RangeError(`a vector of float32 has a multiple of 4 bytes, not ${binary.length}`);
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) view.setUint8(i, binary.charCodeAt(i));
  return Float32Array.from({ length: binary.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}

/** Cosine of the angle between two vectors: 1 for the same direction, 0 when one of them is zero. @throws RangeError for unequal lengths. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions cannot be compared`);
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / (Math.sqrt(aa) * Math.sqrt(bb));
}

/** JSON that also carries bigints and bytes, as `{"$n":"…"}` and `{"$b":"<base64>"}`. Integers, plain objects and arrays pass as ever. */
export function encodeTagged(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(tag(value)));
}

/** Inverse of `encodeTagged`. */
export function decodeTagged(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), untag);
}

function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: value.toString() };
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { $b: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') };
  if (Array.isArray(value)) return value.map(tag);
  const tagged: Record<string, unknown> = {};
  // Faster than entries and back: every receipt and account of every block passes here.
  for (const key of Object.keys(value)) tagged[key] = tag((value as Record<string, unknown>)[key]);
  return tagged;
}

function untag(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('$n' in value) return BigInt(value.$n as string);
  if ('$b' in value) return new Uint8Array(Buffer.from(value.$b as string, 'base64'));
  return value;
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Five digits at a time keep all products below 2^53. */
const CHUNK = 58 ** 5;

/** Base58 with Bitcoin's alphabet, as NEAR writes hashes and keys. */
export function base58(bytes: Uint8Array): string {
  const words: number[] = [];
  if (bytes.length % 2 === 1) words.push(bytes[0] as number);
  for (let offset = bytes.length % 2; offset < bytes.length; offset += 2) {
    words.push((bytes[offset] as number) * 256 + (bytes[offset + 1] as number));
  }
  let text = '';
  let first = 0;
  while (first < words.length) {
    let rest = 0;
    for (let index = first; index < words.length; index++) {
      const value = rest * 0x10000 + (words[index] as number);
      const quotient = Math.floor(value / CHUNK);
      words[index] = quotient;
      rest = value - quotient * CHUNK;
    }
    while (first < words.length && words[first] === 0) first++;
    for (let digit = 0; digit < 5; digit++) {
      text = ALPHABET.charAt(rest % 58) + text;
      rest = Math.floor(rest / 58);
    }
  }
  let zeroes = 0;
  while (zeroes < bytes.length && bytes[zeroes] === 0) zeroes++;
  return ALPHABET.charAt(0).repeat(zeroes) + text.replace(/^1+/, '');
}

/** Inverse of `base58`. @throws Error for other characters */
export function fromBase58(text: string): Uint8Array {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) throw new Error(`not base58: ${text}`);
    value = value * 58n + BigInt(digit);
  }
  const zeroes = text.length - text.replace(/^1+/, '').length;
  if (value === 0n) return new Uint8Array(zeroes);
  const hex = value.toString(16);
  return Buffer.concat([new Uint8Array(zeroes), Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')]);
}

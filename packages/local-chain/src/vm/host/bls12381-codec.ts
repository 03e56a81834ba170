import { bls12_381 } from '@noble/curves/bls12-381.js';

const { G1, G2, fields } = bls12_381;
const { Fp, Fp2 } = fields;
/** A point of E(Fp). */
export type P1 = InstanceType<typeof G1.Point>;
/** A point of the twist E'(Fp²). */
export type P2 = InstanceType<typeof G2.Point>;

const FP_BYTES = 48;
const COMPRESSED = 0x80;
const INFINITY = 0x40;
const SIGN = 0x20;

/** A field element; undefined if it is no number below the modulus. Big-endian. */
export function readFp(bytes: Uint8Array): bigint | undefined {
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return value < Fp.ORDER ? value : undefined;
}

/** An element c0 + c1·u, written c1 first. */
export function readFp2(bytes: Uint8Array): { c0: bigint; c1: bigint } | undefined {
  const c1 = readFp(bytes.subarray(0, FP_BYTES));
  const c0 = readFp(bytes.subarray(FP_BYTES, 2 * FP_BYTES));
  return c0 === undefined || c1 === undefined ? undefined : { c0, c1 };
}

/** Whether the point at infinity is meant; undefined if the flags contradict themselves. Without flags: false. */
function infinity(bytes: Uint8Array): boolean | undefined {
  const first = bytes[0] as number;
  if ((first & INFINITY) === 0) return false;
  const rest = first & ~(INFINITY | COMPRESSED);
  return rest === 0 && bytes.subarray(1).every((byte) => byte === 0) ? true : undefined;
}

function onCurve<P extends { assertValidity(): void }>(make: () => P): P | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** An uncompressed point on the curve, not necessarily in the subgroup. */
export function readP1(bytes: Uint8Array): P1 | undefined {
  if (((bytes[0] as number) & COMPRESSED) !== 0) return undefined;
  const zero = infinity(bytes);
  if (zero !== false) return zero ? G1.Point.ZERO : undefined;
  const x = readFp(bytes.subarray(0, FP_BYTES));
  const y = readFp(bytes.subarray(FP_BYTES, 2 * FP_BYTES));
  if (x === undefined || y === undefined) return undefined;
  const right = Fp.add(Fp.mul(Fp.sqr(x), x), 4n);
  if (!Fp.eql(Fp.sqr(y), right)) return undefined;
  return onCurve(() => G1.Point.fromAffine({ x, y }));
}

/** As `readP1`, for the twist. */
export function readP2(bytes: Uint8Array): P2 | undefined {
  if (((bytes[0] as number) & COMPRESSED) !== 0) return undefined;
  const zero = infinity(bytes);
  if (zero !== false) return zero ? G2.Point.ZERO : undefined;
  const xPair = readFp2(bytes.subarray(0, 2 * FP_BYTES));
  const yPair = readFp2(bytes.subarray(2 * FP_BYTES));
  if (!xPair || !yPair) return undefined;
  const x = Fp2.fromBigTuple([xPair.c0, xPair.c1]);
  const y = Fp2.fromBigTuple([yPair.c0, yPair.c1]);
  if (!Fp2.eql(Fp2.sqr(y), twistRight(x))) return undefined;
  return onCurve(() => G2.Point.fromAffine({ x, y }));
}

type Fp2Element = ReturnType<typeof Fp2.fromBigTuple>;

function twistRight(x: Fp2Element): Fp2Element {
  return Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.fromBigTuple([4n, 4n]));
}

/** A compressed point of E(Fp). */
export function decompressP1(bytes: Uint8Array): P1 | undefined {
  const first = bytes[0] as number;
  if ((first & COMPRESSED) === 0) return undefined;
  const zero = infinity(bytes);
  if (zero !== false) return zero ? G1.Point.ZERO : undefined;
  const x = readFp(withoutFlags(bytes));
  if (x === undefined) return undefined;
  return onCurve(() => {
    const root = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n));
    const y = root * 2n > Fp.ORDER === ((first & SIGN) !== 0) ? root : Fp.neg(root);
    return G1.Point.fromAffine({ x, y });
  });
}

/** A compressed point of the twist. */
export function decompressP2(bytes: Uint8Array): P2 | undefined {
  const first = bytes[0] as number;
  if ((first & COMPRESSED) === 0) return undefined;
  const zero = infinity(bytes);
  if (zero !== false) return zero ? G2.Point.ZERO : undefined;
  const pair = readFp2(withoutFlags(bytes));
  if (pair === undefined) return undefined;
  return onCurve(() => {
    const x = Fp2.fromBigTuple([pair.c0, pair.c1]);
    const root = Fp2.sqrt(twistRight(x));
    const greater = root.c1 === 0n ? root.c0 * 2n > Fp.ORDER : root.c1 * 2n > Fp.ORDER;
    return G2.Point.fromAffine({ x, y: greater === ((first & SIGN) !== 0) ? root : Fp2.neg(root) });
  });
}

function withoutFlags(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[0] = (copy[0] as number) & 0x1f;
  return copy;
}

function bigEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(2 * FP_BYTES, '0'), 'hex');
}

/** Uncompressed, 96 bytes. */
export function writeP1(point: P1): Uint8Array {
  const output = new Uint8Array(2 * FP_BYTES);
  if (point.is0()) {
    output[0] = INFINITY;
    return output;
  }
  const { x, y } = point.toAffine();
  output.set(bigEndian(x), 0);
  output.set(bigEndian(y), FP_BYTES);
  return output;
}

/** Uncompressed, 192 bytes. */
export function writeP2(point: P2): Uint8Array {
  const output = new Uint8Array(4 * FP_BYTES);
  if (point.is0()) {
    output[0] = INFINITY;
    return output;
  }
  const { x, y } = point.toAffine();
  [x.c1, x.c0, y.c1, y.c0].forEach((part, index) => {
    output.set(bigEndian(part), index * FP_BYTES);
  });
  return output;
}

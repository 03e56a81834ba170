import { bn254 } from '@noble/curves/bn254.js';
import { HostError } from '../host-error.ts';
import type { HostState } from './host-state.ts';

const { G1, G2, fields, pairingBatch } = bn254;
const { Fp, Fp2, Fp12, Fr } = fields;
type G1Point = InstanceType<typeof G1.Point>;
type G2Point = InstanceType<typeof G2.Point>;

/** The curve alt_bn128 (BN254). Numbers are little-endian, 32 bytes; the point at infinity is all zeroes. */
export const ALT_BN128_FUNCTIONS = {
  alt_bn128_g1_multiexp(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('alt_bn128_g1_multiexp_base');
    const items = split(host.readOrRegister(length, pointer), 96);
    host.gas.pay('alt_bn128_g1_multiexp_element', items.length);
    let sum = G1.Point.ZERO;
    for (const item of items) {
      const scalar = readNumber(item, 64);
      if (scalar >= Fr.ORDER) throw invalid('invalid fr');
      const point = readG1(item, 0);
      if (scalar !== 0n) sum = sum.add(point.multiply(scalar));
    }
    host.setRegister(register, writeG1(sum));
  },
  alt_bn128_g1_sum(host: HostState, length: bigint, pointer: bigint, register: bigint): undefined {
    host.gas.pay('alt_bn128_g1_sum_base');
    const items = split(host.readOrRegister(length, pointer), 65);
    host.gas.pay('alt_bn128_g1_sum_element', items.length);
    let sum = G1.Point.ZERO;
    for (const item of items) {
      const sign = item[0] as number;
      if (sign > 1) throw invalid('invalid bool');
      const point = readG1(item, 1);
      sum = sum.add(sign === 1 ? point.negate() : point);
    }
    host.setRegister(register, writeG1(sum));
  },
  alt_bn128_pairing_check(host: HostState, length: bigint, pointer: bigint): bigint {
    host.gas.pay('alt_bn128_pairing_check_base');
    const items = split(host.readOrRegister(length, pointer), 192);
    host.gas.pay('alt_bn128_pairing_check_element', items.length);
    const pairs = items.map((item) => ({ g1: readG1(item, 0), g2: readG2(item, 64) })).filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
    if (pairs.length === 0) return 1n;
    return Fp12.eql(pairingBatch(pairs), Fp12.ONE) ? 1n : 0n;
  },
};

function invalid(what: string): HostError {
  return new HostError(`AltBn128 invalid input: ${what}`);
}

function split(data: Uint8Array, size: number): Uint8Array[] {
  if (data.length % size !== 0) throw invalid(`${data.length} is not a multiple of ${size}`);
  return Array.from({ length: data.length / size }, (_, index) => data.slice(index * size, (index + 1) * size));
}

function readNumber(bytes: Uint8Array, offset: number): bigint {
  const hex = Buffer.from(bytes.subarray(offset, offset + 32))
    .reverse()
    .toString('hex');
  return BigInt(`0x${hex}`);
}

function readField(bytes: Uint8Array, offset: number): bigint {
  const value = readNumber(bytes, offset);
  if (value >= Fp.ORDER) throw invalid('invalid fq');
  return value;
}

function readG1(bytes: Uint8Array, offset: number): G1Point {
  const x = readField(bytes, offset);
  const y = readField(bytes, offset + 32);
  if (x === 0n && y === 0n) return G1.Point.ZERO;
  return checked(() => G1.Point.fromAffine({ x, y }), 'invalid g1');
}

function readG2(bytes: Uint8Array, offset: number): G2Point {
  const numbers = [0, 32, 64, 96].map((part) => readField(bytes, offset + part));
  if (numbers.every((value) => value === 0n)) return G2.Point.ZERO;
  const [x0, x1, y0, y1] = numbers as [bigint, bigint, bigint, bigint];
  const affine = { x: Fp2.fromBigTuple([x0, x1]), y: Fp2.fromBigTuple([y0, y1]) };
  return checked(() => G2.Point.fromAffine(affine), 'invalid g2');
}

function checked<P extends { assertValidity(): void }>(make: () => P, what: string): P {
  try {
    const point = make();
    point.assertValidity();
    return point;
  } catch {
    throw invalid(what);
  }
}

function writeG1(point: G1Point): Uint8Array {
  const output = new Uint8Array(64);
  if (point.is0()) return output;
  const { x, y } = point.toAffine();
  output.set(littleEndian(x), 0);
  output.set(littleEndian(y), 32);
  return output;
}

function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

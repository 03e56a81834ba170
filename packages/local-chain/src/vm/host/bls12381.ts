import { bls12_381 } from '@noble/curves/bls12-381.js';
import { HostError } from '../host-error.ts';
import type { WASM_COSTS } from '../parameters.ts';
import { decompressP1, decompressP2, readFp, readFp2, readP1, readP2, writeP1, writeP2 } from './bls12381-codec.ts';
import type { HostState } from './host-state.ts';

const { G1, G2, fields } = bls12_381;
const { Fr, Fp12 } = fields;

/** The curve BLS12-381 (NEP-488). They answer 0, or 1 for points that are none; a wrong length fails the call. */
export const BLS12381_FUNCTIONS = {
  bls12381_p1_sum: operation('bls12381_p1_sum', 97, 'bls12381_p1_sum', (items) => sum(items, G1.Point.ZERO, readP1, writeP1)),
  bls12381_p2_sum: operation('bls12381_p2_sum', 193, 'bls12381_p2_sum', (items) => sum(items, G2.Point.ZERO, readP2, writeP2)),
  bls12381_g1_multiexp: operation('bls12381_g1_multiexp', 128, 'bls12381_p1_multiexp', (items) =>
    multiexp(items, 96, G1.Point.ZERO, readP1, writeP1),
  ),
  bls12381_g2_multiexp: operation('bls12381_g2_multiexp', 224, 'bls12381_p2_multiexp', (items) =>
    multiexp(items, 192, G2.Point.ZERO, readP2, writeP2),
  ),
  bls12381_map_fp_to_g1: operation('bls12381_map_fp_to_g1', 48, 'bls12381_map_fp_to_g1', (items) =>
    each(items, (item) => {
      const element = readFp(item);
      return element === undefined ? undefined : writeP1(mapToG1(element));
    }),
  ),
  bls12381_map_fp2_to_g2: operation('bls12381_map_fp2_to_g2', 96, 'bls12381_map_fp2_to_g2', (items) =>
    each(items, (item) => {
      const element = readFp2(item);
      return element === undefined ? undefined : writeP2(mapToG2([element.c0, element.c1]));
    }),
  ),
  bls12381_p1_decompress: operation('bls12381_p1_decompress', 48, 'bls12381_p1_decompress', (items) =>
    each(items, (item) => {
      const point = decompressP1(item);
      return point && writeP1(point);
    }),
  ),
  bls12381_p2_decompress: operation('bls12381_p2_decompress', 96, 'bls12381_p2_decompress', (items) =>
    each(items, (item) => {
      const point = decompressP2(item);
      return point && writeP2(point);
    }),
  ),
  bls12381_pairing_check(host: HostState, length: bigint, pointer: bigint): bigint {
    host.gas.pay('bls12381_pairing_base');
    const data = host.readOrRegister(length, pointer);
    host.gas.pay('bls12381_pairing_element', Math.floor(data.length / 288));
    const pairs: { g1: InstanceType<typeof G1.Point>; g2: InstanceType<typeof G2.Point> }[] = [];
    for (const item of split(data, 288, 'bls12381_pairing_check')) {
      const g1 = readP1(item.subarray(0, 96));
      const g2 = readP2(item.subarray(96));
      if (!g1?.isTorsionFree() || !g2?.isTorsionFree()) return 1n;
      if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 });
    }
    if (pairs.length === 0) return 0n;
    return Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE) ? 0n : 2n;
  },
};

/** The library's own maps give points, which its types do not say. */
const mapToG1 = G1.mapToCurve as unknown as (scalar: bigint) => InstanceType<typeof G1.Point>;
const mapToG2 = G2.mapToCurve as unknown as (scalars: bigint[]) => InstanceType<typeof G2.Point>;

type CostPrefix<Name> = Name extends `${infer Prefix}_element` ? Prefix : never;
type OperationCost = CostPrefix<keyof typeof WASM_COSTS> & `bls12381_${string}`;

function operation(cost: OperationCost, size: number, name: string, compute: (items: Uint8Array[]) => Uint8Array | undefined) {
  return (host: HostState, length: bigint, pointer: bigint, register: bigint): bigint => {
    host.gas.pay(`${cost}_base`);
    const data = host.readOrRegister(length, pointer);
    host.gas.pay(`${cost}_element`, Math.floor(data.length / size));
    const result = compute(split(data, size, name));
    if (result === undefined) return 1n;
    host.setRegister(register, result);
    return 0n;
  };
}

function split(data: Uint8Array, size: number, name: string): Uint8Array[] {
  if (data.length % size !== 0) {
    throw new HostError(`BLS12-381 invalid input: Incorrect input length for ${name}: ${data.length} is not divisible by ${size}`);
  }
  return Array.from({ length: data.length / size }, (_, index) => data.slice(index * size, (index + 1) * size));
}

interface CurvePoint<P> {
  add(other: P): P;
  negate(): P;
  multiply(scalar: bigint): P;
  isTorsionFree(): boolean;
}

function sum<P extends CurvePoint<P>>(
  items: Uint8Array[],
  zero: P,
  read: (bytes: Uint8Array) => P | undefined,
  write: (point: P) => Uint8Array,
): Uint8Array | undefined {
  let total = zero;
  for (const item of items) {
    const point = read(item.subarray(1));
    const sign = item[0] as number;
    if (point === undefined || sign > 1) return undefined;
    total = total.add(sign === 1 ? point.negate() : point);
  }
  return write(total);
}

function multiexp<P extends CurvePoint<P>>(
  items: Uint8Array[],
  pointSize: number,
  zero: P,
  read: (bytes: Uint8Array) => P | undefined,
  write: (point: P) => Uint8Array,
): Uint8Array | undefined {
  let total = zero;
  for (const item of items) {
    const point = read(item.subarray(0, pointSize));
    if (!point?.isTorsionFree()) return undefined;
    const scalar = BigInt(`0x${Buffer.from(item.subarray(pointSize)).reverse().toString('hex')}`) % Fr.ORDER;
    if (scalar !== 0n) total = total.add(point.multiply(scalar));
  }
  return write(total);
}

function each(items: Uint8Array[], map: (item: Uint8Array) => Uint8Array | undefined): Uint8Array | undefined {
  const results: Uint8Array[] = [];
  for (const item of items) {
    const result = map(item);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return Buffer.concat(results);
}

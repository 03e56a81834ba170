import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import { externalOf, returned, run, wat } from '../fixtures/wat.fixture.ts';
import { HOST_FUNCTIONS } from './index.ts';

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

/** Calls `name(input, register 2)`; returns the register, or what the function answered as a number if it is not 0. */
function compute(name: string, input: Uint8Array, answers: boolean): string {
  const invoke = `(call $${name} (i64.const -1) (i64.const 1) (i64.const 2))`;
  const checked = answers
    ? `(if (i64.ne (i64.const 0) ${invoke}) (then (call $value_return (i64.const 1) (i64.const 0)) (return)))`
    : invoke;
  const code = wat(
    `(data (i32.const 0) "\\01") (func (export "main") (call $input (i64.const 1)) ${checked} (call $value_return (i64.const -1) (i64.const 2)))`,
    ['input', name, 'value_return'],
  );
  return hex(returned(run(code, 'main', { input })));
}

describe('hashes', () => {
  const input = Buffer.from('abc');

  it.each([
    ['sha256', createHash('sha256').update(input).digest('hex')],
    ['ripemd160', '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
    ['keccak256', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
    [
      'keccak512',
      '18587dc2ea106b9a1563e32b3312421ca164c7f1f07bc922a9c83d77cea3a1e5d0c69910739025372dc14ac9642629379540c17e2a65b19d77aa511a9d00bb96',
    ],
  ])('%s', (name, digest) => {
    expect(compute(name, input, false)).toBe(digest);
  });
});

describe('signatures', () => {
  const message = Buffer.from('message');
  const wasm = (name: string, args: string, input: Uint8Array) => {
    const code = wat(
      `(func (export "main") (call $input (i64.const 1)) (call $read_register (i64.const 1) (i64.const 0))
        (i64.store (i32.const 4096) (call $${name} ${args})) (call $value_return (i64.const 8) (i64.const 4096)))
       (func (export "key") (call $input (i64.const 1)) (call $read_register (i64.const 1) (i64.const 0))
        (drop (call $${name} ${args})) (call $value_return (i64.const -1) (i64.const 2)))`,
      ['input', 'read_register', name, 'value_return'],
    );
    return (method = 'main') => hex(returned(run(code, method, { input })));
  };
  const TRUE = '0100000000000000';
  const FALSE = '0000000000000000';
  const place = (length: number, pointer: number) => `(i64.const ${length}) (i64.const ${pointer})`;

  it('verifies ed25519, and not another message', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const args = `${place(64, 0)} ${place(7, 96)} ${place(32, 64)}`;
    const good = Buffer.concat([sign(null, message, privateKey), key, message]);
    expect(wasm('ed25519_verify', args, good)()).toBe(TRUE);
    good[96] = 0;
    expect(wasm('ed25519_verify', args, good)()).toBe(FALSE);
  });

  it('verifies P-256', () => {
    const secret = p256.utils.randomSecretKey();
    const input = Buffer.concat([p256.sign(message, secret), p256.getPublicKey(secret, true), message]);
    const args = `${place(64, 0)} ${place(7, 97)} ${place(33, 64)}`;
    expect(wasm('p256_verify', args, input)()).toBe(TRUE);
    input[0] = (input[0] as number) ^ 1;
    expect(wasm('p256_verify', args, input)()).toBe(FALSE);
  });

  it('recovers a secp256k1 key', () => {
    const secret = secp256k1.utils.randomSecretKey();
    const hash = createHash('sha256').update(message).digest();
    const recovered = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' });
    const args = `${place(32, 64)} ${place(64, 0)} (i64.const ${recovered[0]}) (i64.const 1) (i64.const 2)`;
    const runs = wasm('ecrecover', args, Buffer.concat([recovered.subarray(1), hash]));
    expect(runs()).toBe(TRUE);
    expect(runs('key')).toBe(Buffer.from(secp256k1.getPublicKey(secret, false).subarray(1)).toString('hex'));
  });
});

describe('alt_bn128', () => {
  const { G1, G2 } = bn254;
  const number = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
  const g1 = (point: InstanceType<typeof G1.Point>) => {
    const { x, y } = point.toAffine();
    return Buffer.concat([number(x), number(y)]);
  };
  const g2 = () => {
    const { x, y } = G2.Point.BASE.toAffine();
    return Buffer.concat([x.c0, x.c1, y.c0, y.c1].map(number));
  };
  const pairing = (input: Uint8Array) => {
    const code = wat(
      `(func (export "main") (call $input (i64.const 1))
        (i64.store (i32.const 0) (call $alt_bn128_pairing_check (i64.const -1) (i64.const 1))) (call $value_return (i64.const 1) (i64.const 0)))`,
      ['input', 'alt_bn128_pairing_check', 'value_return'],
    );
    return hex(returned(run(code, 'main', { input })));
  };

  it('adds, subtracts and multiplies', () => {
    const base = G1.Point.BASE;
    const sum = Buffer.concat([Uint8Array.of(0), g1(base), Uint8Array.of(0), g1(base), Uint8Array.of(1), g1(base)]);
    expect(compute('alt_bn128_g1_sum', sum, false)).toBe(g1(base).toString('hex'));
    const none = Buffer.concat([Uint8Array.of(0), g1(base), Uint8Array.of(1), g1(base)]);
    expect(compute('alt_bn128_g1_sum', none, false)).toBe('00'.repeat(64));
    const product = Buffer.concat([g1(base), number(5n)]);
    expect(compute('alt_bn128_g1_multiexp', product, false)).toBe(g1(base.multiply(5n)).toString('hex'));
  });

  it('checks pairings, and refuses points off the curve', () => {
    const base = G1.Point.BASE;
    expect(pairing(Buffer.concat([g1(base), g2(), g1(base.negate()), g2()]))).toBe('01');
    expect(pairing(Buffer.concat([g1(base), g2(), g1(base), g2()]))).toBe('00');
    const bad = Buffer.concat([number(1n), number(1n), g2()]);
    expect(Buffer.from(pairing(bad), 'hex').toString()).toContain('AltBn128 invalid input');
  });
});

describe('bls12381', () => {
  const { G1, G2 } = bls12_381;
  const one = (point: { toBytes(compressed: boolean): Uint8Array }) => Buffer.from(point.toBytes(false));

  it.each([
    ['bls12381_p1_sum', G1.Point.BASE, G1.Point.BASE.double()],
    ['bls12381_p2_sum', G2.Point.BASE, G2.Point.BASE.double()],
  ])('%s', (name, base, double) => {
    const input = Buffer.concat([Uint8Array.of(0), one(double), Uint8Array.of(1), one(base)]);
    expect(compute(name, input, true)).toBe(one(base).toString('hex'));
    const broken = Buffer.from(input);
    broken[100 % input.length] = (broken[100 % input.length] as number) ^ 1;
    expect(compute(name, broken, true)).toBe('01');
  });

  it('multiplies by little-endian scalars', () => {
    const scalar = Buffer.alloc(32);
    scalar[0] = 7;
    expect(compute('bls12381_g1_multiexp', Buffer.concat([one(G1.Point.BASE), scalar]), true)).toBe(
      one(G1.Point.BASE.multiply(7n)).toString('hex'),
    );
    expect(compute('bls12381_g2_multiexp', Buffer.concat([one(G2.Point.BASE), scalar]), true)).toBe(
      one(G2.Point.BASE.multiply(7n)).toString('hex'),
    );
  });

  it('decompresses points, infinity and negative ones too', () => {
    for (const point of [G1.Point.BASE, G1.Point.BASE.negate(), G1.Point.ZERO]) {
      expect(compute('bls12381_p1_decompress', point.toBytes(true), true)).toBe(one(point).toString('hex'));
    }
    for (const point of [G2.Point.BASE, G2.Point.BASE.negate(), G2.Point.ZERO]) {
      expect(compute('bls12381_p2_decompress', point.toBytes(true), true)).toBe(one(point).toString('hex'));
    }
  });

  it('maps field elements into the groups', () => {
    const element = Buffer.alloc(48);
    element[47] = 5;
    const g1 = G1.Point.fromHex(compute('bls12381_map_fp_to_g1', element, true));
    const g2 = G2.Point.fromHex(compute('bls12381_map_fp2_to_g2', Buffer.concat([element, element]), true));
    expect([g1.isTorsionFree(), g2.isTorsionFree()]).toEqual([true, true]);
    expect(compute('bls12381_map_fp_to_g1', Buffer.alloc(48, 0xff), true)).toBe('01');
  });
});

describe('views', () => {
  const forbidden = ['signer_account_id', 'signer_account_pk', 'predecessor_account_id', 'refund_to_account_id', 'prepaid_gas', 'used_gas'];

  it.each(forbidden)('forbid %s', (name) => {
    const isQuery = name.endsWith('gas');
    const body = isQuery ? `(drop (call $${name}))` : `(call $${name} (i64.const 0))`;
    expect(run(wat(`(func (export "main") ${body})`, [name]), 'main', { isView: true }).failure?.message).toBe(
      `${name} is not allowed in view calls`,
    );
  });

  it('forbid writing to storage and promises', () => {
    const write = '(drop (call $storage_write (i64.const 1) (i64.const 0) (i64.const 1) (i64.const 0) (i64.const 0)))';
    const external = externalOf();
    const outcome = run(wat(`(func (export "main") ${write})`, ['storage_write']), 'main', { isView: true }, external);
    expect(outcome.failure?.message).toBe('storage_write is not allowed in view calls');
    expect(external.storage.size).toBe(0);
    const create = '(drop (call $promise_batch_create (i64.const 2) (i64.const 0)))';
    const promise = run(wat(`(func (export "main") ${create})`, ['promise_batch_create']), 'main', { isView: true });
    expect(promise.failure?.message).toBe('promise_batch_create is not allowed in view calls');
  });
});

it('tells validators their stake', () => {
  const code = wat(
    `(data (i32.const 0) "validator.near") (func (export "main") (call $validator_stake (i64.const 14) (i64.const 0) (i64.const 64))
      (call $validator_total_stake (i64.const 80)) (call $value_return (i64.const 32) (i64.const 64)))`,
    ['validator_stake', 'validator_total_stake', 'value_return'],
  );
  expect(hex(returned(run(code)))).toBe(`4d${'00'.repeat(15)}63${'00'.repeat(15)}`);
});

it('knows every host function of NEAR but those of later features', () => {
  expect(Object.keys(HOST_FUNCTIONS).length).toBeGreaterThanOrEqual(75);
});

import { describe, expect, it } from 'vitest';
import { contextOf, externalOf, run, wat } from './fixtures/wat.fixture.ts';
import { WASM_COSTS } from './parameters.ts';
import { prepareContract } from './prepare-contract.ts';
import { runContract } from './run-contract.ts';

const OP = WASM_COSTS.regular_op_cost;

/** Instructions burnt by a method, without what loading the code costs. */
function ops(code: Uint8Array, method = 'main'): number {
  const outcome = run(code, method);
  expect(outcome.failure).toBeUndefined();
  const loading = WASM_COSTS.contract_loading_base + WASM_COSTS.contract_loading_bytes * code.length;
  return (outcome.gasBurnt - loading) / OP;
}

describe('gas of instructions', () => {
  it('charges eight instructions for entering a function without locals, and each instruction one', () => {
    expect(ops(wat('(func (export "main"))'))).toBe(8);
    expect(ops(wat('(func (export "main") i32.const 1 drop)'))).toBe(10);
  });

  it('charges for locals by their bytes, rounded up to eight', () => {
    expect(ops(wat('(func (export "main") (local i64 i32))'))).toBe(8 + 2);
  });

  it('does not charge for block, end and else, and charges the head of a loop each time', () => {
    expect(ops(wat('(func (export "main") (block (block)))'))).toBe(8);
    expect(ops(wat('(func (export "main") i32.const 1 (if (then nop) (else nop nop)))'))).toBe(8 + 3);
    const loop = `(func (export "main") (local $i i32)
      (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $again (i32.lt_u (local.get $i) (i32.const 10)))))`;
    expect(ops(wat(loop))).toBe(9 + 10 * 9);
  });

  it('charges only the branch that was taken, and nothing for code that is not reached', () => {
    expect(ops(wat('(func (export "main") i32.const 0 (if (then nop nop nop nop)) return nop nop nop)'))).toBe(8 + 3);
  });

  it('charges bulk memory by its length', () => {
    expect(ops(wat('(func (export "main") i32.const 0 i32.const 1 i32.const 100 memory.fill)'))).toBe(8 + 3 + 32 + 100);
  });

  it('charges up to and including the instruction that traps', () => {
    const code = wat('(func (export "main") i32.const 1 i32.const 0 i32.div_u drop nop nop)');
    const outcome = run(code);
    expect(outcome.failure).toEqual({ kind: 'execution', message: 'WebAssembly trap: An arithmetic exception, e.g. divided by zero.' });
    const loading = WASM_COSTS.contract_loading_base + WASM_COSTS.contract_loading_bytes * code.length;
    expect((outcome.gasBurnt - loading) / OP).toBe(8 + 3);
  });

  it('stops an endless loop when the gas is used up, and burns all of it', () => {
    const outcome = run(wat('(func (export "main") (loop $l (br $l)))'), 'main', { prepaidGas: 5_000_000_000_000 });
    expect(outcome.failure).toEqual({ kind: 'execution', message: 'Exceeded the prepaid gas.' });
    expect(outcome.gasBurnt).toBe(5_000_000_000_000);
  });
});

describe('a contract that is run again', () => {
  const code = wat(
    `(data (i32.const 4094) "abcd")
     (global $g (mut i32) (i32.const 5))
     (func $mark (param $to i32) (i64.store (local.get $to) (i64.const -1)))
     (func (export "main")
       (if (i32.ne (global.get $g) (i32.const 5)) (then unreachable))
       (if (i32.ne (memory.size) (i32.const 1024)) (then unreachable))
       (if (i32.ne (i32.load (i32.const 4094)) (i32.const 0x64636261)) (then unreachable))
       (if (i64.ne (i64.load (i32.const 8188)) (i64.const 0)) (then unreachable))
       (if (i64.ne (i64.load (i32.const 67108856)) (i64.const 0)) (then unreachable))
       (if (i64.ne (i64.load (i32.const 500)) (i64.const 0)) (then unreachable))
       (global.set $g (i32.const 6))
       (if (i32.ne (memory.grow (i32.const 1)) (i32.const 1024)) (then unreachable))
       (call $mark (i32.const 4092)) (call $mark (i32.const 8188)) (call $mark (i32.const 67108856))
       (memory.fill (i32.const 400) (i32.const 3) (i32.const 200)))`,
  );

  it('finds memory, its size and globals as at the start', () => {
    const contract = prepareContract('rerun', code);
    for (let round = 0; round < 3; round++) expect(runContract(contract, 'main', contextOf(), externalOf()).failure).toBeUndefined();
  });
});

describe('limits', () => {
  it('ends a recursion that is too deep', () => {
    const outcome = run(wat('(func $f (export "main") (call $f))'));
    expect(outcome.failure).toEqual({ kind: 'execution', message: 'Accessed memory outside the bounds.' });
  });

  it('lets memory grow to 2,048 pages and no further', () => {
    const code = wat(`(func (export "main")
      (if (i32.ne (memory.grow (i32.const 1024)) (i32.const 1024)) (then unreachable))
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)))`);
    expect(run(code).failure).toBeUndefined();
  });

  it.each([
    ['not wasm', Buffer.from('hello'), /not a WebAssembly module/],
    ['a memory import', wat('(import "env" "memory" (memory 1)) (func (export "main"))', [], false), /functions only/],
    ['a foreign import', wat('(import "wasi" "f" (func)) (func (export "main"))'), /"env" only/],
  ])('refuses %s', (_name, code, message) => {
    const { failure } = run(code);
    expect(failure?.kind).toBe('compilation');
    expect(failure?.message).toMatch(message);
  });

  it('says which host function it lacks once that is called', () => {
    const code = wat('(import "env" "teleport" (func $teleport)) (func (export "main")) (func (export "go") (call $teleport))');
    expect(run(code).failure).toBeUndefined();
    expect(run(code, 'go').failure).toEqual({ kind: 'execution', message: 'the local chain has no host function teleport' });
  });

  it('tells missing methods from those with parameters', () => {
    const code = wat('(func (export "main")) (func (export "other") (param i32))');
    expect(run(code, 'missing').failure).toEqual({ kind: 'method', message: 'MethodNotFound' });
    expect(run(code, 'other').failure).toEqual({ kind: 'method', message: 'MethodInvalidSignature' });
    expect(run(code, '').failure).toEqual({ kind: 'method', message: 'MethodEmptyName' });
  });
});
